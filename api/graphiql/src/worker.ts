// One script for the three language workers; the name a worker is started with
// says which of them it is. Each start function waits for the first message.
import { initialize } from 'monaco-editor/esm/vs/editor/editor.worker.js';
import { GraphQLWorker } from 'monaco-graphql/esm/GraphQLWorker.js';
import { startJson } from './json-worker';

switch (self.name) {
  case 'graphql':
    self.onmessage = () => initialize((context, data) => new GraphQLWorker(context, data));
    break;
  case 'json':
    self.onmessage = startJson;
    break;
  default:
    self.onmessage = () => initialize(undefined);
}
