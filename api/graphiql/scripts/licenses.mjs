// Vite plugin: writes LICENSES.txt with the notices of every npm package whose
// code or styles are part of the page, the worker included.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const NOTICE = /^(licen[cs]e|copying|notice|third-?party-?notices)(\b|[._-])/i;

/** The folder of the npm package that holds the module, if any. */
function packageFolder(id) {
  const path = id.replace(/^\0+/, '').replace(/[?#].*$/, '');
  const match = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path);
  return match?.[1];
}

function personText(person) {
  return typeof person === 'string' ? person : [person?.name, person?.email && `<${person.email}>`].filter(Boolean).join(' ');
}

export function licenses() {
  const folders = new Set();

  function collect(context, bundle) {
    for (const output of Object.values(bundle)) {
      if (output.type === 'chunk') for (const id of output.moduleIds) add(id);
    }
    // Styles leave the chunks before this hook sees them.
    for (const id of context.getModuleIds()) if (/\.css(\?|$)/.test(id)) add(id);
  }

  function add(id) {
    const folder = packageFolder(id);
    if (folder) folders.add(folder);
  }

  function text() {
    const packages = new Map();
    for (const folder of folders) {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const notices = readdirSync(folder)
        .filter((name) => NOTICE.test(name))
        .sort()
        .map((name) => readFileSync(join(folder, name), 'utf8').replace(/\r\n?/g, '\n').trim());
      packages.set(`${manifest.name} ${manifest.version}`, { manifest, notices });
    }
    const parts = ['The GraphiQL page contains code of the npm packages below.\n'];
    for (const [title, { manifest, notices }] of [...packages].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const license = manifest.license ?? manifest.licenses?.map?.((entry) => entry.type).join(' OR ');
      if (!license) throw new Error(`${title} names no license`);
      const lines = [`${'='.repeat(79)}`, title, `License: ${license}`];
      const authors = [manifest.author, ...(manifest.contributors ?? [])].filter(Boolean).map(personText).filter(Boolean);
      if (authors.length > 0) lines.push(`Authors: ${authors.join(', ')}`);
      const repository = manifest.repository?.url ?? manifest.repository;
      if (repository) lines.push(`Source: ${repository}`);
      parts.push([...lines, '', ...notices, ''].join('\n'));
    }
    return `${parts.join('\n').trim()}\n`;
  }

  return {
    /** For the worker's own bundle. */
    worker: () => ({
      name: 'fieldhouse-licenses-worker',
      generateBundle(_options, bundle) {
        collect(this, bundle);
      },
    }),
    /** For the page; writes the file. */
    page: () => ({
      name: 'fieldhouse-licenses',
      generateBundle(_options, bundle) {
        collect(this, bundle);
        this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: text() });
      },
    }),
  };
}
