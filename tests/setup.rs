//! `loyalty setup n8n`, `loyalty check` and `loyalty health`: against stand-ins that remember every call, and against the
//! real n8n when the environment names one.

mod support;

use std::{
    env,
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use loyalty_connector::{
    access::keys,
    store::Store,
    systems::{
        http,
        n8n::{
            console::{Console, ConsoleError, Door, Login},
            setup::{self, SetupError, Step, Wanted},
        },
    },
};
use serde_json::{Value, json};
use support::{Binary, Folder, NOW};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

const OWNER: Login<'_> = Login { email: "owner@example.com", password: "Owner_12345" };

fn door(url: &str) -> Door {
    Door::new(http::client(Duration::from_secs(20)).unwrap(), url)
}

fn workflow(id: &str, credential: &str) -> Value {
    json!({
        "id": id, "name": format!("Test {id}"), "active": true, "settings": {"executionOrder": "v1"},
        "nodes": [
            {"id": "hook", "name": "Hook", "type": "n8n-nodes-base.webhook", "typeVersion": 2.1, "position": [0, 0],
             "webhookId": id, "parameters": {"httpMethod": "POST", "path": format!("test/{id}"),
                                             "responseMode": "lastNode", "options": {}}},
            {"id": "config", "name": "Config", "type": "n8n-nodes-base.set", "typeVersion": 3.4, "position": [220, 0],
             "parameters": {"assignments": {"assignments": [
                 {"id": "baseUrl", "name": "baseUrl", "value": "http://127.0.0.1:8090", "type": "string"}]}, "options": {}}},
            {"id": "call", "name": "Call", "type": "n8n-nodes-base.httpRequest", "typeVersion": 4.5, "position": [440, 200],
             "parameters": {"url": "={{ $('Config').item.json.baseUrl }}/health/live",
                            "authentication": "genericCredentialType", "genericAuthType": "httpHeaderAuth", "options": {}},
             "credentials": {"httpHeaderAuth": {"id": "elsewhere", "name": credential}}}],
        "connections": {"Hook": {"main": [[{"node": "Config", "type": "main", "index": 0}]]}}
    })
}

fn wanted(workflow: Value, key: Option<&str>) -> Wanted {
    Wanted {
        credential: "Loyalty connector".to_owned(),
        workflows: vec![workflow],
        base_url: "http://connector:8090".to_owned(),
        key: key.map(str::to_owned),
        replace: false,
    }
}

/// A stand-in for n8n, as new as out of the box or with the workflow in it.
async fn n8n(new: bool, present: Option<Value>) -> MockServer {
    let server = MockServer::start().await;
    let settings = json!({"data": {"versionCli": "2.41.1", "userManagement": {"showSetupOnFirstLoad": new}}});
    let session = ResponseTemplate::new(200).set_body_json(json!({"data": {}}));
    let session = session.insert_header("set-cookie", "n8n-auth=s1; Path=/; HttpOnly");
    let credentials =
        if new { json!([]) } else { json!([{"id": "c9", "name": "Loyalty connector", "type": "httpHeaderAuth"}]) };
    let made = json!({"data": {"id": "c9", "name": "Loyalty connector", "type": "httpHeaderAuth"}});
    let stored = json!({"data": {"versionId": "v2", "activeVersionId": null,
                                 "nodes": [{"type": "n8n-nodes-base.webhook"}]}});
    let live = json!({"data": {"status": "published", "liveVersionId": "v2", "triggers": [{"errorMessage": null}]}});
    let found = present.map_or_else(
        || ResponseTemplate::new(404).set_body_json(json!({"code": 404, "message": "no such workflow"})),
        |workflow| ResponseTemplate::new(200).set_body_json(json!({"data": workflow})),
    );
    let json = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    for (verb, at, answer) in [
        ("GET", "/healthz/readiness", json(json!({"status": "ok"}))),
        ("GET", "/rest/settings", json(settings)),
        ("POST", "/rest/owner/setup", session.clone()),
        ("POST", "/rest/login", session),
        ("GET", "/rest/credentials", json(json!({"data": credentials}))),
        ("POST", "/rest/credentials", json(made.clone())),
        ("PATCH", "/rest/credentials/c9", json(made)),
        ("GET", "/rest/workflows/w1", found),
        ("POST", "/rest/workflows", json(stored.clone())),
        ("PATCH", "/rest/workflows/w1", json(stored)),
        ("POST", "/rest/workflows/w1/activate", json(json!({"data": {}}))),
        ("GET", "/rest/workflows/w1/publication-status", json(live)),
    ] {
        Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(&server).await;
    }
    server
}

/// What was sent to change something, beside signing in.
async fn writes(server: &MockServer) -> Vec<(String, Value)> {
    let requests = server.received_requests().await.unwrap();
    let writing = requests.iter().filter(|request| request.method.as_str() != "GET");
    let writing =
        writing.filter(|request| !request.url.path().contains("login") && !request.url.path().contains("owner"));
    writing.map(|r| (format!("{} {}", r.method, r.url.path()), serde_json::from_slice(&r.body).unwrap())).collect()
}

#[tokio::test]
async fn a_new_n8n_gets_its_owner_the_credential_and_the_workflow_published() {
    let server = n8n(true, None).await;
    let door = door(&server.uri());
    assert!(matches!(door.sign_in(&OWNER).await, Err(ConsoleError::NoOwner)));
    let console = door.make_owner(&OWNER).await.unwrap();
    let wanted = wanted(workflow("w1", "Loyalty connector"), Some("lk_1_secret"));
    let steps = setup::apply(&console, &wanted).await.unwrap();
    assert!(matches!(&steps[..], [Step::Added(_), Step::Added(_), Step::Added(_)]), "{steps:?}");

    let writes = writes(&server).await;
    let names: Vec<&str> = writes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["POST /rest/credentials", "POST /rest/workflows", "POST /rest/workflows/w1/activate"]);
    assert_eq!(writes[0].1["data"], json!({"name": "Authorization", "value": "Bearer lk_1_secret"}));
    let sent = &writes[1].1;
    assert_eq!(sent["nodes"][1]["parameters"]["assignments"]["assignments"][0]["value"], "http://connector:8090");
    assert_eq!(sent["nodes"][2]["credentials"]["httpHeaderAuth"]["id"], "c9");
    assert_eq!(sent["active"], Value::Null, "publishing is asked for, not claimed");
    assert_eq!(writes[2].1, json!({"versionId": "v2"}));
}

#[tokio::test]
async fn a_plan_changes_nothing() {
    let server = n8n(false, None).await;
    let console = door(&server.uri()).sign_in(&OWNER).await.unwrap();
    let steps = setup::plan(&console, &wanted(workflow("w1", "Loyalty connector"), Some("lk_1_secret"))).await.unwrap();
    assert!(steps.iter().any(|step| matches!(step, Step::Added(_))));
    assert_eq!(writes(&server).await, []);
}

/// The workflow as setup leaves it in n8n.
fn settled() -> Value {
    let mut present = workflow("w1", "Loyalty connector");
    present["nodes"][1]["parameters"]["assignments"]["assignments"][0]["value"] = json!("http://connector:8090");
    present["nodes"][2]["credentials"]["httpHeaderAuth"]["id"] = json!("c9");
    present["versionId"] = json!("v2");
    present["activeVersionId"] = json!("v2");
    present
}

#[tokio::test]
async fn the_second_time_nothing_is_done() {
    let server = n8n(false, Some(settled())).await;
    let console = door(&server.uri()).sign_in(&OWNER).await.unwrap();
    let steps = setup::apply(&console, &wanted(workflow("w1", "Loyalty connector"), None)).await.unwrap();
    assert!(steps.iter().all(|step| matches!(step, Step::Exists(_))), "{steps:?}");
    assert_eq!(writes(&server).await, []);
}

#[tokio::test]
async fn what_somebody_edited_in_n8n_stays_unless_it_is_to_be_replaced() {
    let mut edited = settled();
    edited["nodes"][0]["parameters"]["path"] = json!("my/own/path");
    edited["versionId"] = json!("v3"); // a draft over the version that works
    let server = n8n(false, Some(edited)).await;
    let console = door(&server.uri()).sign_in(&OWNER).await.unwrap();
    let mut wanted = wanted(workflow("w1", "Loyalty connector"), None);
    let steps = setup::apply(&console, &wanted).await.unwrap();
    assert!(matches!(&steps[..], [Step::Exists(_), Step::Kept(_)]), "{steps:?}");
    assert_eq!(writes(&server).await, []);

    wanted.replace = true;
    setup::apply(&console, &wanted).await.unwrap();
    let writes = writes(&server).await;
    assert_eq!(writes[0].0, "PATCH /rest/workflows/w1");
    assert_eq!(writes[0].1["nodes"][0]["parameters"]["path"], "test/w1");
}

#[tokio::test]
async fn without_a_key_no_empty_credential_is_made() {
    let server = n8n(true, None).await;
    let console = door(&server.uri()).make_owner(&OWNER).await.unwrap();
    let refused = setup::apply(&console, &wanted(workflow("w1", "Loyalty connector"), None)).await;
    assert!(matches!(refused, Err(SetupError::NoKey(_))));
    assert_eq!(writes(&server).await, []);
}

#[tokio::test]
async fn a_wrong_password_and_a_silent_n8n_are_told_apart() {
    let server = MockServer::start().await;
    let settings = json!({"data": {"userManagement": {"showSetupOnFirstLoad": false}}});
    Mock::given(path("/rest/settings"))
        .respond_with(ResponseTemplate::new(200).set_body_json(settings))
        .mount(&server)
        .await;
    let wrong =
        ResponseTemplate::new(401).set_body_json(json!({"code": 401, "message": "Wrong username or password."}));
    Mock::given(path("/rest/login")).respond_with(wrong).mount(&server).await;
    assert!(matches!(door(&server.uri()).sign_in(&OWNER).await, Err(ConsoleError::WrongPassword)));
    let gone = door("http://127.0.0.1:1").sign_in(&OWNER).await;
    assert!(matches!(gone, Err(ConsoleError::NoAnswer { .. })), "{gone:?}");
}

fn loyalty(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loyalty"));
    command.env_clear().args(["--data", folder.to_str().unwrap()]).args(arguments).envs(environment.iter().copied());
    command.output().unwrap()
}

/// `loyalty check --json`: its findings and whether it was satisfied.
fn check(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> (Vec<Value>, bool) {
    let output = loyalty(folder, &[&["check", "--json"], arguments].concat(), environment);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    (told["findings"].as_array().unwrap().clone(), output.status.success())
}

fn states(findings: &[Value], system: &str) -> Vec<String> {
    let own = findings.iter().filter(|finding| finding["system"] == system);
    own.map(|finding| finding["state"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn check_without_any_system_says_what_happens_instead_and_is_satisfied() {
    let folder = Folder::new();
    let (findings, satisfied) = check(&folder.0, &[], &[]);
    assert!(satisfied, "{findings:?}");
    for system in ["nocodb", "unomi", "openai", "brevo", "n8n"] {
        assert_eq!(states(&findings, system), ["off"], "{system}");
    }
    assert!(!folder.0.join("loyalty.db").exists(), "check makes nothing");
}

#[test]
fn check_fails_for_each_system_that_is_configured_and_cannot_be_reached() {
    let folder = Folder::new();
    let gone = "http://127.0.0.1:1";
    for (system, environment) in [
        ("nocodb", vec![("LOYALTY__NOCODB__URL", gone), ("LOYALTY__NOCODB__TOKEN", "t")]),
        ("unomi", vec![("LOYALTY__UNOMI__URL", gone), ("LOYALTY__UNOMI__PEER_KEY", "k")]),
        ("openai", vec![("LOYALTY__OPENAI__URL", gone)]),
        ("brevo", vec![("LOYALTY__BREVO__URL", gone), ("LOYALTY__BREVO__API_KEY", "k")]),
        ("n8n", vec![("LOYALTY__N8N__URL", gone)]),
    ] {
        let (findings, satisfied) = check(&folder.0, &[], &environment);
        assert!(!satisfied, "{system}");
        assert!(states(&findings, system).contains(&"wrong".to_owned()), "{system}: {findings:?}");
        let wrong = findings.iter().find(|finding| finding["state"] == "wrong").unwrap();
        assert!(wrong["todo"].is_string(), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_sends_one_mail_and_only_when_asked() {
    let brevo = MockServer::start().await;
    let json = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    let senders = json!({"senders": [{"email": "loyalty@example.com", "active": false}]});
    for (verb, at, answer) in [
        ("GET", "/account", json(json!({"email": "shop@example.com"}))),
        ("GET", "/senders", json(senders)),
        ("POST", "/smtp/email", ResponseTemplate::new(201).set_body_json(json!({"messageId": "<1@brevo>"}))),
    ] {
        Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(&brevo).await;
    }
    let folder = Folder::new();
    let url = brevo.uri();
    let environment = [("LOYALTY__BREVO__URL", url.as_str()), ("LOYALTY__BREVO__API_KEY", "xkeysib-1")];
    let (findings, satisfied) = check(&folder.0, &[], &environment);
    assert_eq!(states(&findings, "brevo"), ["ok", "wrong"], "the sender is not verified: {findings:?}");
    assert!(!satisfied);
    let mails =
        async || brevo.received_requests().await.unwrap().iter().filter(|r| r.url.path() == "/smtp/email").count();
    assert_eq!(mails().await, 0);
    let (findings, _) = check(&folder.0, &["--send-test", "anna@example.com"], &environment);
    assert_eq!(states(&findings, "brevo").last().map(String::as_str), Some("ok"));
    assert_eq!(mails().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn check_tells_a_refused_key_from_a_model_that_is_not_there() {
    let folder = Folder::new();
    for (answer, state) in [
        (ResponseTemplate::new(401).set_body_json(json!({"error": {"message": "Incorrect API key"}})), "wrong"),
        (ResponseTemplate::new(200).set_body_json(json!({"data": [{"id": "another"}]})), "note"),
        (ResponseTemplate::new(200).set_body_json(json!({"data": [{"id": "gpt-5-mini"}]})), "ok"),
        (ResponseTemplate::new(404), "note"),
    ] {
        let server = MockServer::start().await;
        Mock::given(path("/v1/models")).respond_with(answer).mount(&server).await;
        let url = format!("{}/v1", server.uri());
        let (findings, satisfied) = check(&folder.0, &[], &[("LOYALTY__OPENAI__URL", &url)]);
        assert_eq!(states(&findings, "openai"), [state]);
        assert_eq!(satisfied, state != "wrong");
    }
}

#[test]
fn health_fails_while_nothing_runs_and_passes_beside_a_running_service() {
    let folder = Folder::new();
    let nobody = loyalty(&folder.0, &["health"], &[("LOYALTY__SERVER__LISTEN", "127.0.0.1:1")]);
    assert!(!nobody.status.success());
    let service = Binary::start(&folder.0, &[]);
    let listen = service.url.trim_start_matches("http://");
    let running = loyalty(&folder.0, &["health"], &[("LOYALTY__SERVER__LISTEN", listen)]);
    assert!(running.status.success(), "{running:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_setup_made_does_not_keep_the_first_start_from_making_the_administrators() {
    let folder = Folder::new();
    let store = Store::open(&folder.0).unwrap();
    keys::create(&store, NOW.parse().unwrap(), "n8n", "main", &["orders".to_owned()]).await.unwrap();
    drop(store);
    let _service = Binary::start(&folder.0, &[]);
    assert!(Binary::key(&folder.0).starts_with("lk_"));
}

/// Signs in to the real n8n.
async fn real() -> (Console, String, String) {
    let read = |name: &str| env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run tests/stack/run.sh"));
    let (url, email, password) = (read("N8N_URL"), read("N8N_OWNER_EMAIL"), read("N8N_OWNER_PASSWORD"));
    let console = door(&url).sign_in(&Login { email: &email, password: &password }).await.unwrap();
    (console, url, read("N8N_API_KEY"))
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn the_real_n8n_answers_the_webhook_as_soon_as_setup_is_done() {
    let (console, url, key) = real().await;
    let id = format!("setupTest{}", std::process::id());
    let mut wanted = wanted(workflow(&id, "Setup test"), Some("lk_1_secret"));
    "Setup test".clone_into(&mut wanted.credential);
    let first = setup::apply(&console, &wanted).await.unwrap();
    let (status, answer) = support::raw(&url, None, "POST", &format!("/webhook/test/{id}"), b"{}".to_vec(), &[]).await;
    wanted.key = None;
    let second = setup::apply(&console, &wanted).await.unwrap();
    let credential = setup::credential(&console, "Setup test").await.unwrap().unwrap();
    let call = async |verb: &str, path: String| {
        support::raw(&url, None, verb, &path, Vec::new(), &[("x-n8n-api-key", &key)]).await.0
    };
    call("POST", format!("/api/v1/workflows/{id}/deactivate")).await;
    for _ in 0..300 {
        // n8n unpublishes some time after it was asked, and deletes nothing that is published
        if call("DELETE", format!("/api/v1/workflows/{id}")).await != 409 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    call("DELETE", format!("/api/v1/credentials/{credential}")).await;
    assert_eq!(first.iter().filter(|step| matches!(step, Step::Added(_))).count(), 3, "{first:?}");
    assert_eq!((status, answer), (200, json!({"baseUrl": "http://connector:8090"})));
    assert!(second.iter().all(|step| matches!(step, Step::Exists(_))), "{second:?}");
    assert!(console.workflow(&id).await.unwrap().is_none(), "the test leaves nothing behind");
}

#[test]
fn a_template_that_is_none_is_answered_with_those_there_are() {
    let folder = Folder::new();
    let output = loyalty(
        &folder.0,
        &["setup", "nocodb", "--template", "bakery"],
        &[("LOYALTY__NOCODB__URL", "http://127.0.0.1:1")],
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("there is no template `bakery`; there are"), "{said}");
    for says in ["coffee   Coffee shop with stamps: ", "grocery  Grocery with cashback: "] {
        assert!(said.contains(says), "{says}: {said}");
    }
    let wrong = ["setup", "nocodb", "--template", "coffee", "--margin", "120"];
    let output = loyalty(&folder.0, &wrong, &[("LOYALTY__NOCODB__URL", "http://127.0.0.1:1")]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("margin: must be a whole percentage between 1 and 99"));
}
