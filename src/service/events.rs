//! Events that callers report. Each is accepted or refused by itself; one that is refused stops no other.

use serde_json::Value;

use super::{
    App,
    accept::{ReceiptView, committed},
};
use crate::{
    access::Caller,
    intake::{event::EventBody, fields::parse_value, problem::Problem},
};

/// The kind of call in their source.
const CALL: &str = "event";

/// Accepts one.
pub async fn report(app: &App, caller: &Caller, body: EventBody) -> Result<ReceiptView, Problem> {
    let incoming = body.incoming(&app.reader(), (caller.origin(), CALL), "")?;
    app.accept(caller, incoming).await
}

/// Accepts many; the answers come in their order. All are queued before the first is awaited, so that they share commits.
pub async fn report_all(app: &App, caller: &Caller, items: Vec<Value>) -> Vec<Result<ReceiptView, Problem>> {
    let mut queued = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let prefix = format!("/{index}");
        let read = parse_value::<EventBody>(item, &prefix)
            .and_then(|body| body.incoming(&app.reader(), (caller.origin(), CALL), &prefix));
        queued.push(match read {
            Ok(incoming) => app.submit(caller, incoming).await,
            Err(unread) => Err(unread.into()),
        });
    }
    let mut answers = Vec::with_capacity(queued.len());
    for answer in queued {
        answers.push(match answer {
            Ok(answer) => {
                let accepted = committed(answer).await;
                accepted.map(|accepted| ReceiptView::new(caller, accepted.receipt)).map_err(Problem::from)
            }
            Err(problem) => Err(problem),
        });
    }
    answers
}
