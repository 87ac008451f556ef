// Where the editor gets its workers from: this server, never anywhere else.
import LanguageWorker from './worker?worker';

self.MonacoEnvironment = {
  getWorker: (_id, label) => new LanguageWorker({ name: label }),
};
