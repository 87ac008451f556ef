import './workers';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './page.css';
import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from '@graphiql/plugin-doc-explorer';
import { HISTORY_PLUGIN, HistoryStore } from '@graphiql/plugin-history';
import { GraphiQLProvider } from '@graphiql/react';
import { GraphiQL, GraphiQLInterface } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { examples } from 'virtual:examples';
import { Bar } from './bar';
import { fetcher } from './session';

const WELCOME = `# Sign in or paste an access token above, then run the operation with
# Ctrl-Enter (Cmd-Enter on a Mac). "Examples" opens ready-made operations in
# new tabs; Ctrl-Space offers completions from the schema.

${examples[0]?.query ?? ''}`;

const PLUGINS = [DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN];

createRoot(document.getElementById('root')!).render(
  <GraphiQLProvider
    fetcher={fetcher}
    defaultQuery={WELCOME}
    plugins={PLUGINS}
    referencePlugin={DOC_EXPLORER_PLUGIN}
  >
    <HistoryStore>
      <DocExplorerStore>
        <Bar />
        <main className="page">
          <GraphiQLInterface defaultEditorToolsVisibility={true}>
            <GraphiQL.Logo>
              <span className="graphiql-logo-link">
                Graph<em>i</em>QL
              </span>
            </GraphiQL.Logo>
          </GraphiQLInterface>
        </main>
      </DocExplorerStore>
    </HistoryStore>
  </GraphiQLProvider>,
);
