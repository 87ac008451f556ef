// Vite plugin: gathers examples/*.graphql, each with an optional
// <name>.variables.json, into the module `virtual:examples`. Files are ordered
// by name; the first comment line of a file is its title.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'graphql';

const ID = 'virtual:examples';
const QUERY = '.graphql';
const VARIABLES = '.variables.json';

function readExamples(folder) {
  const names = readdirSync(folder).sort();
  const examples = [];
  for (const name of names) {
    if (name.endsWith(VARIABLES)) {
      const query = name.slice(0, -VARIABLES.length) + QUERY;
      if (!names.includes(query)) throw new Error(`examples/${name} belongs to no operation`);
      continue;
    }
    if (!name.endsWith(QUERY)) throw new Error(`examples/${name} is neither *${QUERY} nor *${VARIABLES}`);

    const query = readFileSync(join(folder, name), 'utf8');
    try {
      parse(query);
    } catch (error) {
      throw new Error(`examples/${name}: ${error.message}`);
    }
    const title = /^#\s*(.+?)\.?\s*$/m.exec(query.split('\n', 1)[0])?.[1];
    if (!title) throw new Error(`examples/${name} must start with a comment line: its title`);

    const variablesPath = join(folder, name.slice(0, -QUERY.length) + VARIABLES);
    let variables = '';
    if (existsSync(variablesPath)) {
      variables = readFileSync(variablesPath, 'utf8').trimEnd();
      try {
        JSON.parse(variables);
      } catch (error) {
        throw new Error(`${variablesPath}: ${error.message}`);
      }
    }
    examples.push({ name: name.slice(0, -QUERY.length), title, query, variables });
  }
  return examples;
}

export function examples(folder) {
  return {
    name: 'fieldhouse-examples',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load(id) {
      if (id !== `\0${ID}`) return undefined;
      this.addWatchFile(folder);
      return `export const examples = ${JSON.stringify(readExamples(folder), null, 1)};`;
    },
  };
}
