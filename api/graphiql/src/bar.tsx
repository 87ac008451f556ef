// The bar above GraphiQL: examples, access token, sign-in.
import { DropdownMenu, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent } from 'react';
import { examples, type Example } from 'virtual:examples';
import { getAccessToken, setAccessToken, signIn } from './session';

function Examples() {
  const { addTab, updateActiveTabValues } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const opened = useRef(false);

  function open({ query, variables }: Example) {
    addTab();
    updateActiveTabValues({ query, variables });
    variableEditor?.setValue(variables);
    queryEditor?.setValue(query);
    queryEditor?.setPosition({ lineNumber: 1, column: 1 });
    opened.current = true;
  }

  return (
    <DropdownMenu>
      <DropdownMenu.Button className="bar-button" disabled={!queryEditor}>
        Examples <span aria-hidden="true">▾</span>
      </DropdownMenu.Button>
      <DropdownMenu.Content
        className="bar-menu"
        aria-label="Examples"
        onCloseAutoFocus={(event) => {
          if (!opened.current) return;
          opened.current = false;
          event.preventDefault();
          queryEditor?.focus();
        }}
      >
        {examples.map((example) => (
          <DropdownMenu.Item key={example.name} onSelect={() => open(example)}>
            {example.title}
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu>
  );
}

function SignIn({ onToken }: { onToken: (token: string) => void }) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const email = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (!open) return;
    email.current?.focus();
    const onPointerDown = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', onPointerDown);
    return () => document.removeEventListener('pointerdown', onPointerDown);
  }, [open]);

  function close() {
    setOpen(false);
    setError('');
    button.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (open && event.key === 'Escape') close();
  }

  async function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    setBusy(true);
    setError('');
    try {
      onToken(await signIn(String(values.get('email')), String(values.get('password'))));
      close();
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
    } finally {
      setBusy(false);
    }
  }

  return (
    <div ref={root} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        className="bar-button"
        aria-expanded={open}
        aria-controls="sign-in"
        onClick={() => (open ? close() : setOpen(true))}
      >
        Sign in <span aria-hidden="true">▾</span>
      </button>
      {open && (
        <form id="sign-in" className="bar-panel" aria-label="Sign in" onSubmit={onSubmit}>
          <label htmlFor="sign-in-email">E-mail</label>
          <input
            id="sign-in-email"
            ref={email}
            className="bar-input"
            name="email"
            type="email"
            autoComplete="username"
            required
          />
          <label htmlFor="sign-in-password">Password</label>
          <input
            id="sign-in-password"
            className="bar-input"
            name="password"
            type="password"
            autoComplete="current-password"
            required
          />
          <p className="bar-error" role="alert">
            {error}
          </p>
          <button type="submit" className="bar-button bar-primary" disabled={busy}>
            {busy ? 'Signing in…' : 'Sign in'}
          </button>
        </form>
      )}
    </div>
  );
}

export function Bar() {
  const { introspect } = useGraphiQLActions();
  const [token, setToken] = useState(getAccessToken);
  const [shown, setShown] = useState(false);
  const [status, setStatus] = useState('');
  const fetchedWith = useRef(token);

  // What the schema shows may depend on who asks: fetch it again once the
  // token has stopped changing.
  useEffect(() => {
    if (token === fetchedWith.current) return;
    const timer = setTimeout(() => {
      fetchedWith.current = token;
      void introspect();
    }, 400);
    return () => clearTimeout(timer);
  }, [token, introspect]);

  function change(next: string, message = '') {
    setAccessToken(next.trim());
    setToken(next.trim());
    setStatus(message);
  }

  return (
    <header className="bar">
      <h1 className="bar-title">Fieldhouse</h1>
      <Examples />
      <div className="bar-token">
        <label htmlFor="access-token">Access token</label>
        <input
          id="access-token"
          className="bar-input"
          type={shown ? 'text' : 'password'}
          value={token}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          placeholder="none: requests are anonymous"
          onChange={(event) => change(event.target.value)}
        />
        <button
          type="button"
          className="bar-button"
          aria-label="Show access token"
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          {shown ? 'Hide' : 'Show'}
        </button>
        <button
          type="button"
          className="bar-button"
          aria-label="Clear access token"
          disabled={!token}
          onClick={() => change('', 'Signed out')}
        >
          Clear
        </button>
      </div>
      <SignIn onToken={(next) => change(next, 'Signed in')} />
      <span className="bar-status" role="status">
        {status}
      </span>
    </header>
  );
}
