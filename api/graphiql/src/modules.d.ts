declare module 'virtual:examples' {
  export interface Example {
    name: string;
    title: string;
    query: string;
    variables: string;
  }
  export const examples: Example[];
}

declare module 'monaco-editor/esm/vs/editor/editor.worker.js' {
  import type { worker } from 'monaco-editor';
  export function initialize(create: ((context: worker.IWorkerContext, data: never) => object) | undefined): void;
}

declare module 'monaco-editor/esm/vs/language/json/json.worker.js';
