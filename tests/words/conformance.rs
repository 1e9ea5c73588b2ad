//! Our requests against the vendors' specifications, played by the stack's Prism.

use loyalty_connector::{
    messages::{Ask, Envelope},
    systems::{
        brevo::map as brevo,
        http,
        openai::map::{self as openai, Model},
    },
    words::{Draft, Facts, mail},
};
use serde_json::Value;

/// The address of a stand-in of the running stack.
fn stand_in(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run tests/stack/run.sh"))
}

async fn post(url: String, key: (&str, &str), body: &Value) -> (u16, String) {
    let client = http::client(std::time::Duration::from_secs(20)).unwrap();
    let answer = http::send(client.post(url).header(key.0, key.1).json(body)).await.unwrap();
    let violations = answer.headers.get("sl-violations").map(|header| format!("{header:?}"));
    (answer.status.as_u16(), violations.unwrap_or_default() + &answer.excerpt())
}

#[tokio::test]
#[ignore = "needs the stand-ins of the stack: tests/stack/run.sh"]
async fn brevo_accepts_our_mail() {
    let url = stand_in("BREVO_URL");
    let draft = Draft { subject: "Thank you".to_owned(), body: "You earned 278 points.".to_owned() };
    let envelope =
        Envelope { to: "anna@example.com", id: "3f0c5f3a-5c53-5d7e-9f0e-0f6f3f1f9a11", text_id: "thank_you" };
    let body = brevo::request(("loyalty@example.com", "Loyalty"), &envelope, &mail::render(&draft, "Sample", "en"));
    let (status, answer) = post(format!("{url}/smtp/email"), ("api-key", "x"), &body).await;
    assert_eq!(status, 201, "{answer}");
}

#[tokio::test]
#[ignore = "needs the stand-ins of the stack: tests/stack/run.sh"]
async fn openai_accepts_our_question() {
    let url = stand_in("OPENAI_SPEC_URL");
    let facts = Facts::from([("points".to_owned(), "278".to_owned())]);
    let ask = Ask { prompt: "Thank the member.", language: "en", facts: &facts };
    let model =
        Model { name: "gpt-5-mini".to_owned(), max_tokens: 2000, max_tokens_field: "max_completion_tokens".to_owned() };
    let body = openai::request(&model, &ask, Some(&"a".repeat(64)));
    let (status, answer) = post(format!("{url}/chat/completions"), ("authorization", "Bearer x"), &body).await;
    assert_eq!(status, 200, "{answer}");
}
