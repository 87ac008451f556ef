//! Accounts: signing in, tokens, the own account.
mod account;
mod api_token;
mod owner;
mod password;
mod recent;
mod refresh;
