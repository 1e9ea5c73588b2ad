//! Payments that are none, at the real n8n: each is refused by its field, counted nowhere, and a failed execution.

use serde_json::{Value, json};

use crate::{Service, environment, get, pay, payment, until};

fn without(field: &str) -> Value {
    let mut payment = payment("9001", 1);
    payment.as_object_mut().unwrap().remove(field);
    payment
}

fn with(pointer: &str, value: Value) -> Value {
    let mut payment = payment("9001", 1);
    *payment.pointer_mut(pointer).unwrap() = value;
    payment
}

/// Executions of the workflow that failed, newest first.
async fn failed() -> Value {
    let url =
        format!("{}/api/v1/executions?workflowId=loyaltyPurchase1&status=error&limit=100", environment("N8N_URL"));
    get(&url, ("x-n8n-api-key", &environment("N8N_API_KEY"))).await["data"].clone()
}

pub async fn that_are_none_are_refused_by_their_field(service: &Service) {
    let before = failed().await.as_array().map_or(0, Vec::len);
    let cases = [
        (without("order_id"), "/order_id"),
        (with("/order_id", json!("undefined")), "/order_id"),
        (with("/order_id", json!(" ")), "/order_id"),
        (without("revision"), "/revision"),
        (without("lines"), "/lines"),
        (without("currency"), "/currency"),
        (with("/customer", json!({"name": "Anna"})), "/customer"),
        (with("/lines/0/price", json!("ninety")), "/lines/0/price"),
        (json!({}), "/order_id"),
    ];
    let many = cases.len();
    for (payment, pointer) in cases {
        let (status, answer) = pay(payment).await;
        assert_eq!((status, &answer["errors"][0]["pointer"]), (422, &json!(pointer)), "{answer}");
    }
    for order in ["undefined", "9001", "null"] {
        assert_eq!(service.get(&format!("/v1/orders/{order}")).await["status"], 404, "{order}");
    }
    let all_failed = |list: &Value| list.as_array().map_or(0, Vec::len) == before + many;
    until("each of them is a failed execution in n8n", failed, all_failed).await;
}

/// Nobody answers n8n's call.
pub async fn wait_for_the_connector() {
    let (status, answer) = pay(payment("9002", 1)).await;
    assert_eq!((status, &answer["title"]), (503, &json!("The connector cannot be reached")), "{answer}");
}
