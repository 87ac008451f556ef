// Compresses build/ into dist/ with brotli at the highest quality and holds
// the files to their size limits.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

const FILE_LIMIT = 600 * 1000;
const TOTAL_LIMIT = 1500 * 1000;

const source = new URL('../build/', import.meta.url);
const target = new URL('../dist/', import.meta.url);

rmSync(target, { recursive: true, force: true });
mkdirSync(target);

let total = 0;
let failed = false;
for (const entry of readdirSync(source, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
  if (!entry.isFile()) throw new Error(`build/${entry.name} is not a file; the server serves a flat folder`);
  const plain = readFileSync(new URL(entry.name, source));
  const packed = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  });
  writeFileSync(new URL(`${entry.name}.br`, target), packed);
  total += packed.length;
  const tooLarge = packed.length > FILE_LIMIT;
  failed ||= tooLarge;
  console.log(
    `${entry.name}.br`.padEnd(24),
    `${plain.length}`.padStart(9),
    '->',
    `${packed.length}`.padStart(7),
    tooLarge ? '  over the limit' : '',
  );
}
console.log('total'.padEnd(24), ''.padStart(9), '->', `${total}`.padStart(7));
if (failed || total > TOTAL_LIMIT) {
  console.error('The page is larger than its limits.');
  process.exit(1);
}
