//! An account that asks a server.
use crate::program::{PASSWORD, Server};
use reqwest::Client;
use serde_json::{Value, json};
use std::time::Duration;

/// Longer than the server lets anything take: what takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a request was answered.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The answer.
    pub body: Value,
}

impl Reply {
    /// The code of the first error.
    pub fn code(&self) -> Option<&str> {
        let error = self.body["errors"].get(0)?;
        Some(
            error["extensions"]["code"]
                .as_str()
                .unwrap_or("an error without a code"),
        )
    }
}

/// An account that asks a server.
#[derive(Clone)]
pub struct Account {
    client: Client,
    /// Where the server listens.
    pub address: String,
    /// What it signs in with.
    pub token: String,
}

impl Account {
    /// The owner that `create_owner` made.
    pub async fn of(server: &Server) -> Self {
        let client = Client::builder().timeout(PATIENCE);
        let mut account = Self {
            client: client.build().expect("a client"),
            address: server.address.clone(),
            token: String::new(),
        };
        let login = "mutation($password: String!) { authLogin(input: { email: \"ines@example.org\", password: $password }) { tokens { accessToken } } }";
        let answer = account.ask(login, json!({ "password": PASSWORD })).await;
        let token = answer["data"]["authLogin"]["tokens"]["accessToken"].as_str();
        account.token = token.unwrap_or_else(|| panic!("{answer}")).to_owned();
        account
    }

    /// The same at another server.
    pub fn at(&self, server: &Server) -> Self {
        Self {
            address: server.address.clone(),
            ..self.clone()
        }
    }

    /// What the server answers.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        self.try_ask(query, variables).await.expect("the server answers").body
    }

    /// What the server answers, if it does.
    pub async fn try_ask(&self, query: &str, variables: Value) -> Result<Reply, reqwest::Error> {
        let request = self
            .client
            .post(format!("http://{}/graphql", self.address))
            .json(&json!({ "query": query, "variables": variables }));
        let request = match self.token.is_empty() {
            true => request,
            false => request.bearer_auth(&self.token),
        };
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let body = answer.json().await?;
        Ok(Reply { status, body })
    }

    /// The status of a page.
    pub async fn status(&self, path: &str) -> Option<u16> {
        let answer = self.client.get(format!("http://{}{path}", self.address)).send().await;
        answer.ok().map(|answer| answer.status().as_u16())
    }

    /// The id of the organization that `create_owner` made.
    pub async fn program(&self) -> String {
        let answer = self.ask("{ program(slug: \"riverside\") { id } }", json!({})).await;
        let id = answer["data"]["program"]["id"].as_str();
        id.unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Makes an athlete; its id.
    pub async fn athlete(&self) -> String {
        let make = "mutation($program: ID!) { athleteCreate(input: { programId: $program, firstName: \"Mia\", lastName: \"Novak\" }) \
            { athlete { id } userErrors { message } } }";
        let answer = self.ask(make, json!({ "program": self.program().await })).await;
        let id = answer["data"]["athleteCreate"]["athlete"]["id"].as_str();
        id.unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}
