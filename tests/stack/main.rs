//! The main job on the real n8n, NocoDB and Unomi, with Brevo and OpenAI played from their specifications:
//! a purchase becomes points, everywhere, exactly once. `tests/stack/run.sh` starts the systems and runs this.

#[path = "../support/mod.rs"]
mod support;

mod browsing;
mod mechanics;
mod payments;

use std::{process::Command, time::Duration};

use loyalty_connector::{store::Store, systems::http};
use serde_json::{Value, json};
use support::{Binary, Folder, call};

/// The environment of the running systems.
struct Stack {
    folder: Folder,
    listen: String,
    settings: Vec<(String, String)>,
}

fn environment(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not in the environment; run tests/stack/run.sh"))
}

impl Stack {
    fn find() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let listen = format!("127.0.0.1:{port}");
        let given = [
            ("LOYALTY__SERVER__LISTEN", listen.clone()),
            ("LOYALTY__NOCODB__URL", environment("NOCODB_URL")),
            ("LOYALTY__NOCODB__TOKEN", environment("NOCODB_API_TOKEN")),
            ("LOYALTY__UNOMI__URL", environment("UNOMI_URL")),
            ("LOYALTY__UNOMI__USER", environment("UNOMI_ADMIN_USER")),
            ("LOYALTY__UNOMI__PASSWORD", environment("UNOMI_ADMIN_PASSWORD")),
            ("LOYALTY__UNOMI__PEER_KEY", environment("UNOMI_PEER_KEY")),
            ("LOYALTY__UNOMI__CONNECTOR_URL", format!("http://{listen}")),
            ("LOYALTY__OPENAI__URL", environment("OPENAI_URL")),
            ("LOYALTY__OPENAI__API_KEY", "sk-stand-in".to_owned()),
            ("LOYALTY__BREVO__URL", environment("BREVO_URL")),
            ("LOYALTY__BREVO__API_KEY", "xkeysib-stand-in".to_owned()),
            ("LOYALTY__N8N__URL", environment("N8N_URL")),
            ("LOYALTY_N8N_OWNER_EMAIL", environment("N8N_OWNER_EMAIL")),
            ("LOYALTY_N8N_OWNER_PASSWORD", environment("N8N_OWNER_PASSWORD")),
        ];
        let settings = given.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Self { folder: Folder::new(), listen, settings }
    }

    /// Runs a command of the binary and shows what it said.
    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loyalty"));
        command.args(["--data", self.folder.0.to_str().unwrap()]).args(arguments);
        let output = command.envs(self.settings.iter().cloned()).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        println!("$ loyalty {}\n{said}", arguments.join(" "));
        (output.status.success(), said)
    }

    fn start(&self) -> Binary {
        let settings: Vec<(&str, &str)> =
            self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Binary::start_at(&self.folder.0, &self.listen, &settings)
    }
}

async fn get(url: &str, header: (&str, &str)) -> Value {
    let answer = http::send(support::client().get(url).header(header.0, header.1)).await.unwrap();
    answer.json().unwrap_or(Value::Null)
}

/// Asks again until `done` likes the answer; what it was at last when it never does within a minute.
async fn until(what: &str, mut ask: impl AsyncFnMut() -> Value, done: impl Fn(&Value) -> bool) -> Value {
    within(what, Duration::from_secs(60), &mut ask, done).await
}

async fn within(
    what: &str,
    limit: Duration,
    ask: &mut impl AsyncFnMut() -> Value,
    done: impl Fn(&Value) -> bool,
) -> Value {
    let mut last = Value::Null;
    let asking = async {
        loop {
            last = ask().await;
            if done(&last) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let asked = tokio::time::timeout(limit, asking).await;
    assert!(asked.is_ok(), "{what}: not so after {} s, but {last}", limit.as_secs());
    println!("ok  {what}");
    last
}

/// The real NocoDB, looked at as a marketer's tool would.
struct Spreadsheet {
    url: String,
    token: String,
    base: String,
    tables: Value,
}

impl Spreadsheet {
    async fn open() -> Self {
        Self::of("Loyalty").await
    }

    /// The base of this title.
    async fn of(title: &str) -> Self {
        let (url, token) = (environment("NOCODB_URL"), environment("NOCODB_API_TOKEN"));
        let bases = get(&format!("{url}/api/v2/meta/bases"), ("xc-token", &token)).await;
        let base = bases["list"].as_array().unwrap().iter().find(|base| base["title"] == title).unwrap();
        let id = base["id"].as_str().unwrap();
        let tables = get(&format!("{url}/api/v2/meta/bases/{id}/tables"), ("xc-token", &token)).await;
        Self { url, token, base: title.to_owned(), tables }
    }

    fn records(&self, table: &str) -> String {
        let tables = self.tables["list"].as_array().unwrap();
        let id = tables.iter().find(|known| known["title"] == table).unwrap()["id"].as_str().unwrap();
        format!("{}/api/v2/tables/{id}/records", self.url)
    }

    async fn rows(&self, table: &str) -> Value {
        get(&format!("{}?limit=1000", self.records(table)), ("xc-token", &self.token)).await["list"].clone()
    }

    async fn change(&self, table: &str, body: Value) {
        let request = support::client().patch(self.records(table)).header("xc-token", &self.token).json(&body);
        let answer = http::send(request).await.unwrap();
        assert!(answer.status.is_success(), "{}", answer.excerpt());
    }

    async fn add(&self, table: &str, row: Value) {
        let request = support::client().post(self.records(table)).header("xc-token", &self.token).json(&row);
        let answer = http::send(request).await.unwrap();
        assert!(answer.status.is_success(), "{}", answer.excerpt());
    }

    /// Ticks `Publish`.
    async fn publish(&self) {
        let programme = self.rows("Programme").await[0]["Id"].clone();
        self.change("Programme", json!({"Id": programme, "Publish": true})).await;
    }

    async fn delete(&self, table: &str, id: &Value) {
        let body = json!([{ "Id": id }]);
        let request = support::client().delete(self.records(table)).header("xc-token", &self.token).json(&body);
        let answer = http::send(request).await.unwrap();
        assert!(answer.status.is_success(), "{}", answer.excerpt());
    }
}

fn payment(order: &str, revision: u32) -> Value {
    json!({
        "order_id": order, "revision": revision, "status": "paid", "placed_at": "2026-11-20T10:00:00Z",
        "paid_at": "2026-11-20T10:00:40Z", "currency": "EUR", "shipping": "4.90",
        "customer": {"id": "c-1042", "email": "anna@example.com", "name": "Anna", "language": "en"},
        "lines": [{"id": "1", "sku": "RUN-42", "name": "Trail runner", "category": "sport/shoes/running",
                   "quantity": 1, "price": "89.90", "discount": "0.00", "returned": 0}]
    })
}

async fn pay(payment: Value) -> (u16, Value) {
    let url = format!("{}/webhook/loyalty/payment", environment("N8N_URL"));
    let answer = http::send(support::client().post(url).json(&payment)).await.unwrap();
    (answer.status.as_u16(), answer.json().unwrap_or(Value::Null))
}

/// Mails as the connector keeps them, and how often the model was asked.
async fn mails(stack: &Stack) -> Value {
    let messages = Store::open(&stack.folder.0).unwrap().messages("main", 100).await.unwrap();
    messages
        .iter()
        .map(|mail| json!({"to": mail.recipient, "via": mail.via, "subject": mail.subject, "body": mail.body}))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn a_payment_at_the_real_n8n_arrives_everywhere_exactly_once() {
    let stack = Stack::find();
    for name in ["N8N_VERSION", "NOCODB_VERSION", "UNOMI_VERSION"] {
        println!("{name} {}", environment(name));
    }
    let service = Service::start(&stack);
    set_up(&stack);
    let member = five_payments_are_one(&service).await;
    let sheet = Spreadsheet::open().await;
    shown_in_the_spreadsheet(&sheet).await;
    known_in_the_profile(&service, &member).await;
    thanked_once(&stack).await;
    a_rule_goes_live(&service, &sheet).await;
    payments::that_are_none_are_refused_by_their_field(&service).await;
    let known = service.member().await["balance"]["available"].clone();
    browsing::doubles_the_very_next_purchase(&service, &sheet, &member).await;
    let available = service.member().await["balance"]["available"].clone();
    assert_eq!(available, json!(known.as_i64().unwrap() + 300));
    let dead = service.get("/v1/deliveries").await;
    assert_eq!(dead["deliveries"], json!([]), "nothing waits for a person");
    // What has arrived is to be known as delivered, too, before the service is killed.
    let unsettled = async || {
        let store = Store::open(&stack.folder.0).unwrap();
        let told = [store.progress("nocodb").await.unwrap(), store.progress("unomi").await.unwrap()].concat();
        json!(told.iter().filter(|told| !told.is_settled()).count())
    };
    until("everything is settled", unsettled, |count| *count == 0).await;
    drop(service);
    payments::wait_for_the_connector().await;
    let (fine, said) = stack.run(&["verify", "--nocodb", "--unomi"]);
    assert!(fine && said.matches("all agree").count() == 3, "{said}");
    differences_are_named(&stack, &sheet).await;
}

/// Changed and deleted by somebody in the real NocoDB and Unomi: verify names it, and the service sends it again.
async fn differences_are_named(stack: &Stack, sheet: &Spreadsheet) {
    let points = sheet.rows("Points").await;
    let (first, last) = (&points[0], &points[count(&points) - 1]);
    let profile = sheet.rows("Members").await[0]["Member"].as_str().unwrap().to_owned();
    sheet.change("Points", json!({"Id": first["Id"], "Points": 999})).await;
    sheet.delete("Points", &last["Id"]).await;
    sheet.change("Members", json!({"Id": 1, "Available": 1})).await;
    forget_profile(&profile).await;
    let (fine, said) = stack.run(&["verify", "--nocodb", "--unomi", "--again"]);
    assert!(!fine, "{said}");
    for expected in [
        format!("Points, row {}: Points is `999`", first["Id"]),
        format!("Points: entry {} ", last["Entry"].as_str().unwrap()),
        "Members, row 1: Available is `1`, the ledger has `598`".to_owned(),
        format!("profile {profile} is missing"),
    ] {
        assert!(said.contains(&expected), "`{expected}` is not in:\n{said}");
    }
    sheet.delete("Points", &first["Id"]).await;
    let (_, said) = stack.run(&["verify", "--nocodb", "--again"]);
    assert!(said.contains("will be sent again"), "{said}");
    let service = stack.start();
    let verified = async || json!(stack.run(&["verify", "--nocodb", "--unomi"]));
    until("everything agrees again", verified, |said| said[0] == true).await;
    drop(service);
}

/// Deletes the profile with its properties, as an administrator can.
async fn forget_profile(id: &str) {
    let url = format!("{}/cxs/profiles/{id}", environment("UNOMI_URL"));
    let client = http::client(Duration::from_secs(20)).unwrap();
    let request =
        client.delete(url).basic_auth(environment("UNOMI_ADMIN_USER"), Some(environment("UNOMI_ADMIN_PASSWORD")));
    assert!(http::send(request).await.unwrap().status.is_success(), "the profile is deleted");
}

/// The running connector with its administrator's key.
struct Service {
    binary: Binary,
    key: String,
}

impl Service {
    fn start(stack: &Stack) -> Self {
        let binary = stack.start();
        Self { binary, key: Binary::key(&stack.folder.0) }
    }

    async fn get(&self, path: &str) -> Value {
        call(&self.binary.url, &self.key, "GET", path, None).await.1
    }

    async fn member(&self) -> Value {
        self.get("/v1/members/external:c-1042").await
    }
}

fn set_up(stack: &Stack) {
    let (fine, said) = stack.run(&["setup", "all", "--wait", "60"]);
    assert!(fine, "{said}");
    let (fine, said) = stack.run(&["setup", "all"]);
    assert!(fine && !said.lines().any(|line| line.starts_with('+')), "the second time there is nothing to do: {said}");
    // The service looked before anything was set up, and looks again after a rest.
    let green = (0..30).any(|_| {
        std::thread::sleep(Duration::from_secs(1));
        stack.run(&["check"]).0
    });
    assert!(green, "check is green");
}

/// Returns the member's id.
async fn five_payments_are_one(service: &Service) -> String {
    let payments = (0..5).map(|_| pay(payment("1001", 1)));
    for (status, answer) in futures_util::future::join_all(payments).await {
        assert_eq!(status, 200, "{answer}");
        assert!(answer.to_string().contains("278"), "{answer}");
    }
    let member = service.member().await;
    assert_eq!(member["balance"]["available"], 278, "five payments at once are one");
    member["id"].as_str().unwrap().to_owned()
}

async fn shown_in_the_spreadsheet(sheet: &Spreadsheet) {
    let rows = async || sheet.rows("Points").await;
    let points = until("three Points rows in NocoDB", rows, |rows| count(rows) == 3).await;
    let sum: i64 = points.as_array().unwrap().iter().map(|row| row["Points"].as_i64().unwrap()).sum();
    assert_eq!(sum, 278);
    let rows = async || sheet.rows("Members").await;
    let members = until("one Members row in NocoDB", rows, |rows| rows[0]["Available"] == 278).await;
    assert_eq!(count(&members), 1);
}

fn count(rows: &Value) -> usize {
    rows.as_array().map_or(0, Vec::len)
}

async fn known_in_the_profile(service: &Service, member: &str) {
    let url = format!("{}/cxs/profiles/{member}", environment("UNOMI_URL"));
    let admin = format!("{}:{}", environment("UNOMI_ADMIN_USER"), environment("UNOMI_ADMIN_PASSWORD"));
    let basic = format!("Basic {}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, admin));
    let profile = async || get(&url, ("authorization", &basic)).await;
    let has_points = |profile: &Value| profile["properties"]["loyaltyPoints"] == 278;
    let profile = until("properties in the Unomi profile", profile, has_points).await;
    assert_eq!(profile["properties"]["loyaltyTier"], "bronze");
    assert!(profile["segments"].to_string().contains("loyalty_new"), "{profile}");
    let has_segment = |member: &Value| member["segments"].to_string().contains("loyalty_new");
    until("the segment back in the ledger", async || service.member().await, has_segment).await;
}

async fn thanked_once(stack: &Stack) {
    let sent = |mails: &Value| mails[0]["via"] == "brevo";
    let mails_now = async || mails(stack).await;
    let kept = until("one mail accepted by Brevo's specification", mails_now, sent).await;
    assert_eq!((count(&kept), &kept[0]["to"]), (1, &json!("anna@example.com")), "{kept}");
    let body = kept[0]["body"].as_str().unwrap();
    assert!(
        body.contains("Thank you for your purchase, Anna!") && body.contains("278"),
        "by the stand-in model: {body}"
    );
    let (_, again) = pay(payment("1001", 1)).await;
    assert!(again.to_string().contains("278"), "{again}");
    assert_eq!(count(&mails(stack).await), 1, "the same payment sends nothing again");
}

/// A broken row shows its problem and changes nothing; mended and ticked it is live within 5 s.
async fn a_rule_goes_live(service: &Service, sheet: &Spreadsheet) {
    let rules = sheet.rows("Rules").await;
    let base = rules.as_array().unwrap().iter().find(|row| row["Rule"] == "base").unwrap()["Id"].clone();
    let rules = async || sheet.rows("Rules").await;
    let status = |wanted: &'static str| {
        let base = base.clone();
        move |rows: &Value| rows.as_array().unwrap().iter().any(|row| row["Id"] == base && row["Status"] == wanted)
    };
    sheet.change("Rules", json!({"Id": base, "Multiplier": 9})).await;
    until("a broken row shows its problem", rules, status("problem")).await;
    sheet.publish().await;
    let refused = |rows: &Value| rows[0]["Publish"] != json!(true) && rows[0]["Problem"].is_string();
    until("a tick over a broken row changes nothing", async || sheet.rows("Programme").await, refused).await;
    assert_eq!(service.get("/v1/programme").await["version"], "v1");
    sheet.change("Rules", json!({"Id": base, "Points": 2, "Multiplier": null})).await;
    until("the mended row is ready", rules, status("ready")).await;
    sheet.publish().await;
    let mut live = async || service.get("/v1/programme").await;
    let five_seconds = Duration::from_secs(5);
    within("the published rule is live within 5 s", five_seconds, &mut live, |live| live["version"] == "v2").await;
    let review = json!({"id": "rev-1", "type": "review", "member": {"external_id": "c-1042"}, "data": {"rating": 5}});
    let (_, receipt) = call(&service.binary.url, &service.key, "POST", "/v1/events", Some(review)).await;
    assert_eq!((&receipt["programme"], &receipt["balance"]["available"]), (&json!("v2"), &json!(298)));
    until("the next entry in NocoDB", async || sheet.rows("Points").await, |rows| count(rows) == 4).await;
}
