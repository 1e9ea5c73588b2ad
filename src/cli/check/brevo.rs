//! Brevo: the account behind the key, whether it may send as the sender, and on request one mail.

use super::Findings;
use crate::{
    config::Settings,
    systems::brevo::account::{Account, Sender},
};

pub async fn look(settings: &Settings, send_test: Option<&str>, findings: &mut Findings) {
    let account = match Account::connect(&settings.brevo) {
        Ok(Some(account)) => account,
        Ok(None) => {
            findings.off("messages go to the preview mailbox of the console");
            if send_test.is_some() {
                findings.wrong("the test mail cannot be sent", "give Brevo's key first (LOYALTY__BREVO__API_KEY)");
            }
            return;
        }
        Err(error) => return findings.wrong(error.to_string(), "check LOYALTY__BREVO__TIMEOUT_MS"),
    };
    match account.owner().await {
        Ok(Some(owner)) => findings.ok(format!("key accepted, account of {owner}")),
        Ok(None) => findings.note(
            format!("{} answers but tells nothing of the account", settings.brevo.url),
            "is it Brevo (LOYALTY__BREVO__URL)? --send-test shows whether the key works",
        ),
        Err(problem) => {
            return findings.wrong(
                problem,
                "check LOYALTY__BREVO__API_KEY and, in Brevo under Security, whether this address may call",
            );
        }
    }
    sender(&settings.brevo.sender_email, &account, findings).await;
    if let Some(to) = send_test {
        match account.send_test(&settings.brevo, to).await {
            Ok(()) => findings.ok(format!("the test mail to {to} was accepted; look into that mailbox")),
            Err(problem) => findings.wrong(format!("the test mail to {to}: {problem}"), "see docs/connect/brevo.md"),
        }
    }
}

async fn sender(email: &str, account: &Account, findings: &mut Findings) {
    match account.sender(email).await {
        Ok(Sender::Verified) => findings.ok(format!("may send as {email}")),
        Ok(Sender::Unverified) => findings.wrong(
            format!("the sender {email} is not verified: Brevo refuses its mails"),
            "open the mail Brevo sent to that address, or authenticate the domain under Senders, Domains & IPs",
        ),
        Ok(Sender::Unknown) => findings.note(
            format!("neither the sender {email} nor its domain is known to the account"),
            "add it under Senders, Domains & IPs (LOYALTY__BREVO__SENDER_EMAIL); --send-test shows whether it works",
        ),
        Err(problem) => findings.note(problem, "--send-test shows whether the sender works"),
    }
}
