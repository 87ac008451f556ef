//! Errors propagate as the GraphQL specification says, which normalised client caches rely on.
use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};
use fieldhouse::error::{Failure, Nullable};

struct Query;

struct Part(bool);

fn failing<T>() -> Result<T, Failure> {
    Err(Failure::BadInput("No.".into()))
}

#[Object]
impl Query {
    async fn fine(&self) -> i32 {
        1
    }

    async fn slow(&self) -> i32 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        2
    }

    async fn failing(&self) -> Nullable<i32> {
        failing().into()
    }

    async fn internal(&self) -> Nullable<i32> {
        Err(Failure::Internal).into()
    }

    async fn required(&self) -> Result<i32, Failure> {
        failing()
    }

    async fn part(&self) -> Nullable<Part> {
        Ok(Some(Part(true))).into()
    }

    async fn required_part(&self) -> Part {
        Part(true)
    }

    async fn parts(&self) -> Vec<Option<Part>> {
        vec![Some(Part(false)), Some(Part(true))]
    }

    async fn required_parts(&self) -> Nullable<Vec<Part>> {
        Ok(Some(vec![Part(false), Part(true)])).into()
    }
}

#[Object]
impl Part {
    async fn name(&self) -> &str {
        "part"
    }

    async fn required(&self) -> Result<i32, Failure> {
        if self.0 { failing() } else { Ok(3) }
    }

    async fn failing(&self) -> Nullable<i32> {
        failing().into()
    }
}

async fn answer(text: &str) -> String {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let response = schema.execute(text).await;
    let errors: String = response
        .errors
        .iter()
        .map(|error| {
            let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
            let path: Vec<String> = error
                .path
                .iter()
                .map(|part| serde_json::to_string(part).expect("JSON"))
                .collect();
            format!(
                "\n{} at {}",
                code.map_or("none".into(), ToString::to_string),
                path.join(" ")
            )
        })
        .collect();
    format!("{}{errors}", serde_json::to_string(&response.data).expect("JSON"))
}

#[tokio::test]
async fn a_nullable_field_that_fails_is_null_and_reported() {
    insta::assert_snapshot!(answer("{ fine failing }").await, @r#"
    {"fine":1,"failing":null}
    "BAD_USER_INPUT" at "failing"
    "#);
}

#[tokio::test]
async fn an_internal_failure_says_nothing_but_its_code() {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let response = schema.execute("{ internal }").await;
    insta::assert_snapshot!(serde_json::to_string(&response).expect("JSON"), @r#"{"errors":[{"message":"The server failed to answer this field.","locations":[{"line":1,"column":3}],"path":["internal"],"extensions":{"code":"INTERNAL"}}],"data":{"internal":null}}"#);
}

#[tokio::test]
async fn a_non_null_field_that_fails_takes_its_parent_along() {
    insta::assert_snapshot!(answer("{ fine part { name required } }").await, @r#"
    {"fine":1,"part":null}
    "BAD_USER_INPUT" at "part" "required"
    "#);
}

#[tokio::test]
async fn a_failure_climbs_to_the_nearest_nullable_parent() {
    insta::assert_snapshot!(answer("{ fine requiredPart { name required } }").await, @r#"
    null
    "BAD_USER_INPUT" at "requiredPart" "required"
    "#);
    insta::assert_snapshot!(answer("{ fine required }").await, @r#"
    null
    "BAD_USER_INPUT" at "required"
    "#);
}

#[tokio::test]
async fn keys_keep_the_order_of_the_selection() {
    insta::assert_snapshot!(answer("{ slow fine failing part { failing name } again: slow }").await, @r#"
    {"slow":2,"fine":1,"failing":null,"part":{"failing":null,"name":"part"},"again":2}
    "BAD_USER_INPUT" at "failing"
    "BAD_USER_INPUT" at "part" "failing"
    "#);
}

#[tokio::test]
async fn a_nullable_item_that_fails_is_null_among_the_others() {
    insta::assert_snapshot!(answer("{ parts { name required } }").await, @r#"
    {"parts":[{"name":"part","required":3},null]}
    "BAD_USER_INPUT" at "parts" 1 "required"
    "#);
}

#[tokio::test]
async fn a_non_null_item_that_fails_takes_its_list_along() {
    // The path stops at the item; the specification would name the field as well.
    insta::assert_snapshot!(answer("{ fine requiredParts { name required } }").await, @r#"
    {"fine":1,"requiredParts":null}
    "BAD_USER_INPUT" at "requiredParts" 1
    "#);
}
