import { join } from 'node:path';
import { defineConfig } from 'vite';
import { examples } from './scripts/examples.mjs';
import { licenses } from './scripts/licenses.mjs';

const notices = licenses();

export default defineConfig({
  base: '/graphiql/',
  publicDir: false,
  resolve: {
    alias: {
      'monaco-editor/esm/vs/editor/edcore.main.js': join(import.meta.dirname, 'src/editor.ts'),
    },
  },
  plugins: [examples(join(import.meta.dirname, 'examples')), notices.page()],
  worker: {
    format: 'iife',
    plugins: () => [notices.worker()],
    rolldownOptions: { output: { entryFileNames: 'worker.js' } },
  },
  build: {
    outDir: 'build',
    emptyOutDir: true,
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4000,
    // One style sheet with the icon font inside; no other assets.
    cssCodeSplit: false,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      onwarn(warning, warn) {
        // "use client" and the like mean nothing in a page.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
      output: {
        // The names carry no hashes: the server names the version in an ETag.
        entryFileNames: 'app.js',
        chunkFileNames: (chunk) => (chunk.name === 'rolldown-runtime' ? 'runtime.js' : '[name].js'),
        assetFileNames: (asset) => (asset.names.some((name) => name.endsWith('.css')) ? 'app.css' : '[name][extname]'),
        codeSplitting: {
          groups: [
            { name: 'monaco', test: /\/node_modules\/monaco-editor\/esm\/vs\/(?!language|basic-languages)/, priority: 3 },
            { name: 'prettier', test: /\/node_modules\/prettier\//, priority: 2 },
            { name: 'graphiql', test: /\/node_modules\//, priority: 1 },
          ],
        },
      },
    },
  },
});
