// The JSON worker of the editor installs itself as the message handler when it
// is imported; hand the handler over instead.
import 'monaco-editor/esm/vs/language/json/json.worker.js';

export const startJson = self.onmessage;
