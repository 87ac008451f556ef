// The access token of this browser tab and the calls to the server.
import type { Fetcher } from '@graphiql/toolkit';
import { getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-ws';

const ENDPOINT = '/graphql';
const STORAGE_KEY = 'fieldhouse:access-token';

function readStored(): string {
  try {
    return sessionStorage.getItem(STORAGE_KEY) ?? '';
  } catch {
    return '';
  }
}

let accessToken = readStored();

export function getAccessToken(): string {
  return accessToken;
}

export function setAccessToken(token: string): void {
  accessToken = token;
  try {
    if (token) sessionStorage.setItem(STORAGE_KEY, token);
    else sessionStorage.removeItem(STORAGE_KEY);
  } catch {
    // Storage may be switched off; the token then lasts until the page is left.
  }
}

async function post(body: unknown, headers: Headers, signal?: AbortSignal): Promise<unknown> {
  headers.set('Content-Type', 'application/json');
  if (!headers.has('Accept')) headers.set('Accept', 'application/json');
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    credentials: 'same-origin',
    ...(signal && { signal }),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    const detail = text.trim().slice(0, 500);
    throw new Error(`The server answered ${response.status} ${response.statusText}${detail && `: ${detail}`}`);
  }
}

function isSubscription(query: string, operationName?: string | null): boolean {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    // The server says what is wrong with it.
    return false;
  }
}

/** A WebSocket for one subscription; it ends with it. */
function socket(authorization: string | null) {
  const url = new URL(ENDPOINT, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  return createClient({
    url: url.href,
    connectionParams: authorization ? { authorization } : {},
    // A token that is refused is refused again.
    shouldRetry: (event) => !(event instanceof CloseEvent && event.code >= 4400),
  });
}

/** Sends an operation with the token, unless the Headers tab names another one. */
export const fetcher: Fetcher = async (params, options) => {
  const headers = new Headers();
  if (accessToken) headers.set('Authorization', `Bearer ${accessToken}`);
  for (const [name, value] of Object.entries(options?.headers ?? {})) headers.set(name, String(value));
  if (isSubscription(params.query, params.operationName)) {
    return socket(headers.get('Authorization')).iterate(params as never) as never;
  }
  return (await post(params, headers)) as never;
};

interface Message {
  message: string;
}

interface SignInResponse {
  data?: {
    authLogin: {
      tokens: { accessToken: string } | null;
      userErrors: Message[];
    } | null;
  } | null;
  errors?: Message[];
}

const SIGN_IN = `mutation SignIn($email: String!, $password: String!) {
  authLogin(input: { email: $email, password: $password }) {
    tokens {
      accessToken
    }
    userErrors {
      message
    }
  }
}`;

/** Exchanges an e-mail address and a password for an access token. */
export async function signIn(email: string, password: string): Promise<string> {
  const body = { query: SIGN_IN, operationName: 'SignIn', variables: { email, password } };
  const response = (await post(body, new Headers())) as SignInResponse;
  const token = response.data?.authLogin?.tokens?.accessToken;
  if (token) return token;
  const messages = [...(response.data?.authLogin?.userErrors ?? []), ...(response.errors ?? [])];
  throw new Error(messages.map(({ message }) => message).join(' ') || 'The server returned no token.');
}
