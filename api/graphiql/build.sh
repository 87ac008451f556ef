#!/bin/sh
# Builds the GraphiQL page and writes the compressed files to dist/, which is
# what the server embeds. Needs Node 20.19 or later and the npm registry.
# Two runs give the same bytes.
set -eu
cd "$(dirname "$0")"

npm ci --ignore-scripts --no-audit --no-fund
npm run --silent check
npm run --silent bundle
npm run --silent compress
