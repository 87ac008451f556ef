//! Accounts: signing in, tokens, the own account.
mod account;
mod api_token;
mod audit;
mod mail;
mod owner;
mod password;
mod recent;
mod recovery;
mod refresh;
mod verification;
