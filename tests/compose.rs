//! docker-compose.yml, Dockerfile and .env.example say the same as the program and the stack test. No container engine is
//! needed: what can be compared is compared, and the file's shape is checked against the compose specification.

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use clap::{Args, Command};
use loyalty_connector::{cli, config::Settings};
use serde_json::Value;
use support::Folder;

fn text(path: &str) -> String {
    fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn compose() -> Value {
    serde_saphyr::from_str(&text("docker-compose.yml")).expect("docker-compose.yml is YAML")
}

fn services(compose: &Value) -> impl Iterator<Item = (&str, &Value)> {
    compose["services"].as_object().unwrap().iter().map(|(name, service)| (name.as_str(), service))
}

/// The environment of a service; values as text.
fn environment(service: &Value) -> BTreeMap<String, String> {
    let given = service["environment"].as_object().into_iter().flatten();
    given
        .map(|(name, value)| (name.clone(), value.as_str().expect("environment values are strings").to_owned()))
        .collect()
}

/// Every `${NAME}` with what stands behind the name, outside comments.
fn variables(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().map(|line| line.split(" # ").next().unwrap()).filter(|line| !line.trim().starts_with('#'));
    let mut found = Vec::new();
    for line in lines {
        for part in line.split("${").skip(1) {
            let inside = part.split('}').next().unwrap();
            let end = inside.find([':', '-', '?']).unwrap_or(inside.len());
            found.push((inside[..end].to_owned(), inside[end..].to_owned()));
        }
    }
    found
}

#[test]
fn every_setting_in_compose_is_one_of_the_program() {
    let compose = compose();
    let folder = Folder::new();
    let secret = folder.0.join("secret");
    fs::write(&secret, "x").unwrap();
    let defaults = text("config/default.toml");
    let mut checked = 0;
    for (service, definition) in services(&compose) {
        for name in environment(definition).into_keys().filter(|name| name.starts_with("LOYALTY__")) {
            let path = name.trim_start_matches("LOYALTY__").to_lowercase();
            let (section, key) = path.split_once("__").map_or(("", path.as_str()), |(section, key)| (section, key));
            let value = match key {
                "listen" => "127.0.0.1:1",
                "log_format" => "json",
                _ if key.ends_with("_file") => secret.to_str().unwrap(),
                _ if key.ends_with("url") => "http://host",
                _ => "text",
            };
            let header = if section.is_empty() { String::new() } else { format!("[{section}]\n") };
            let file = folder.0.join("settings.toml");
            fs::write(&file, format!("{header}{key} = \"{value}\"\n")).unwrap();
            let told = Settings::load(Some(&file)).map(drop).map_err(|error| error.to_string());
            assert!(told.is_ok(), "{service}: {name} is no setting: {told:?}");
            let written = format!("{} =", key.trim_end_matches("_file"));
            assert!(defaults.contains(&written), "{name} stands nowhere in config/default.toml");
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} settings");
    assert_eq!(environment(&compose["services"]["connector"])["LOYALTY__SERVER__LOG_FORMAT"], "json");
}

#[test]
fn every_option_that_compose_gives_to_setup_exists() {
    let setup = cli::setup::Setup::augment_args(Command::new("setup"));
    let all = setup.find_subcommand("all").expect("setup all");
    let known: BTreeSet<String> =
        all.get_arguments().filter_map(|a| a.get_env()).map(|name| name.to_string_lossy().into_owned()).collect();
    let check = cli::check::Check::augment_args(Command::new("check"));
    let compose = compose();
    for name in environment(&compose["services"]["setup"]).into_keys().filter(|name| !name.starts_with("LOYALTY__")) {
        assert!(known.contains(&name), "setup has no option with the environment variable {name}: {known:?}");
    }
    assert!(check.get_arguments().any(|a| a.get_env().is_some_and(|name| name == "LOYALTY_N8N_OWNER_PASSWORD")));
    let connector = environment(&compose["services"]["connector"]);
    let administrators = |name: &str| name.contains("ADMIN_PASSWORD") || name.contains("OWNER_PASSWORD");
    assert!(!connector.keys().any(|name| administrators(name)), "the connector needs no administrator's password");
}

#[test]
fn env_example_holds_exactly_the_variables_that_compose_uses() {
    let used: BTreeSet<String> = variables(&text("docker-compose.yml")).into_iter().map(|(name, _)| name).collect();
    let example = text(".env.example");
    let lines = example.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let given: BTreeMap<String, String> =
        lines.map(|line| line.split_once('=').unwrap()).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    assert_eq!(used, given.keys().cloned().collect());
    let secret = |name: &str| ["PASSWORD", "SECRET", "KEY"].iter().any(|word| name.contains(word));
    for (name, value) in given.iter().filter(|(name, _)| secret(name) && !name.starts_with("N8N_SECURE")) {
        assert!(value.is_empty(), "{name} must not come with a value that everybody knows");
    }
    for (name, behind) in variables(&text("docker-compose.yml")) {
        let optional = behind.starts_with(":-");
        assert!(optional || behind.starts_with(":?"), "${{{name}}}: say what happens without it");
    }
}

#[test]
fn versions_are_those_of_the_stack_test() {
    let compose = compose();
    let image = |service: &str| compose["services"][service]["image"].as_str().unwrap().to_owned();
    let wanted = |file: &str, variable: &str| {
        let text = text(&format!("tests/stack/lib/{file}.sh"));
        let at = text.find(variable).unwrap_or_else(|| panic!("{variable} in {file}.sh")) + variable.len();
        text[at..].chars().take_while(|c| *c != '}' && !c.is_whitespace()).collect::<String>()
    };
    assert_eq!(image("nocodb"), format!("nocodb/nocodb:{}", wanted("nocodb", "${NOCODB_VERSION:-")));
    assert_eq!(image("n8n"), format!("n8nio/n8n:{}", wanted("n8n", "${N8N_VERSION:-")));
    assert!(image("postgres").starts_with("postgres:15."), "the stack test prefers PostgreSQL 15");
    assert!(text("tests/stack/lib/postgres.sh").contains("/usr/lib/postgresql/15/bin"));
    // 2.1 is the newest Unomi that the stack test can get; 2.x speaks one dialect
    assert!(image("unomi").starts_with("apache/unomi:2."));
    assert!(wanted("unomi", "${UNOMI_VERSION:-").starts_with("2."));
    assert!(image("search").contains("elasticsearch:7."), "Unomi 2.x works with Elasticsearch 7 alone");
    assert_eq!(image("connector"), format!("loyalty-connector:{}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn ports_are_the_same_everywhere_and_open_to_this_machine_alone() {
    let compose = compose();
    let listen = Settings::load(None).unwrap().server.listen;
    let own = listen.rsplit(':').next().unwrap().to_owned();
    let stack = |file: &str, variable: &str| {
        let text = text(&format!("tests/stack/lib/{file}.sh"));
        let at = text.find(variable).unwrap_or_else(|| panic!("{variable}")) + variable.len();
        text[at..].chars().take_while(char::is_ascii_digit).collect::<String>()
    };
    let expected = BTreeMap::from([
        ("connector", own.clone()),
        ("nocodb", stack("nocodb", "${NOCODB_PORT:-")),
        ("n8n", stack("n8n", "${N8N_PORT:-")),
        ("unomi", stack("unomi", "${UNOMI_PORT:-")),
    ]);
    for (name, service) in services(&compose) {
        let ports: Vec<&str> = service["ports"].as_array().into_iter().flatten().map(|p| p.as_str().unwrap()).collect();
        let wanted: Vec<String> =
            expected.get(name).map(|port| format!("${{BIND_ADDRESS:-127.0.0.1}}:{port}:{port}")).into_iter().collect();
        assert_eq!(ports, wanted, "{name}");
    }
    // what the services call each other by
    let all = text("docker-compose.yml");
    for (name, port) in &expected {
        let called = all.match_indices(&format!("http://{name}:")).collect::<Vec<_>>();
        for (at, found) in called {
            assert!(all[at + found.len()..].starts_with(port.as_str()), "http://{name} is called at another port");
        }
    }
    let dockerfile = text("Dockerfile");
    assert!(dockerfile.contains(&format!("EXPOSE {own}\n")));
    assert!(dockerfile.contains(&format!("LOYALTY__SERVER__LISTEN=0.0.0.0:{own}")));
}

#[test]
fn every_service_is_pinned_and_watched() {
    let compose = compose();
    for (name, service) in services(&compose) {
        let image = service["image"].as_str().unwrap_or_else(|| panic!("{name} has no image"));
        let tag = image.rsplit_once(':').unwrap_or_else(|| panic!("{image} has no tag")).1;
        assert!(
            tag.matches('.').count() >= 1 && tag.chars().all(|c| c.is_ascii_digit() || c == '.'),
            "{image} is not pinned"
        );
        let once = service["restart"] == "no";
        assert!(once || service["healthcheck"]["test"].is_array(), "{name} has no health check");
        assert!(once || service["restart"] == "unless-stopped", "{name} does not come back");
    }
    let setup = &compose["services"]["setup"];
    assert_eq!(setup["restart"], "no");
    let steps = setup["command"][0].as_str().unwrap();
    assert!(steps.contains("loyalty setup all") && steps.trim_end().ends_with("loyalty check"));
    assert_eq!(compose["services"]["connector"]["depends_on"]["setup"]["condition"], "service_completed_successfully");
    for system in ["nocodb", "unomi", "n8n"] {
        assert_eq!(setup["depends_on"][system]["condition"], "service_healthy");
    }
    let (written, read) = (&environment(setup)["LOYALTY_NOCODB_TOKEN_FILE"], &compose["services"]["connector"]);
    assert_eq!(environment(read)["LOYALTY__NOCODB__TOKEN_FILE"], *written);
    assert!(steps.contains(&format!("LOYALTY__NOCODB__TOKEN_FILE={written}")));
}

#[test]
fn unomi_trusts_exactly_the_network_of_this_file() {
    let compose = compose();
    let unomi = environment(&compose["services"]["unomi"]);
    let subnet = compose["networks"]["default"]["ipam"]["config"][0]["subnet"].as_str().unwrap();
    assert!(unomi["UNOMI_THIRDPARTY_PROVIDER1_IPADDRESSES"].ends_with(subnet));
    let connector = environment(&compose["services"]["connector"]);
    assert_eq!(unomi["UNOMI_THIRDPARTY_PROVIDER1_KEY"], connector["LOYALTY__UNOMI__PEER_KEY"]);
    assert_eq!(unomi["UNOMI_ROOT_PASSWORD"], connector["LOYALTY__UNOMI__PASSWORD"]);
}

/// The keys this file uses, of those the compose specification knows, with the shape of their values.
#[test]
fn the_file_has_the_shape_that_compose_wants() {
    let compose = compose();
    for key in compose.as_object().unwrap().keys() {
        assert!(["name", "services", "networks", "volumes"].contains(&key.as_str()) || key.starts_with("x-"), "{key}");
    }
    let volumes: BTreeSet<&str> = compose["volumes"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut mounted = BTreeSet::new();
    for (name, service) in services(&compose) {
        for (key, value) in service.as_object().unwrap() {
            let fits = match key.as_str() {
                "image" | "build" => value.is_string(),
                "environment" => value.is_object(),
                "entrypoint" | "command" | "ports" | "volumes" => strings(value),
                "healthcheck" => healthcheck(value),
                "depends_on" => dependencies(value, &compose),
                "restart" => ["no", "always", "on-failure", "unless-stopped"].contains(&value.as_str().unwrap_or("")),
                "stop_grace_period" => duration(value),
                _ => false,
            };
            assert!(fits, "{name}.{key}: {value}");
        }
        for mount in service["volumes"].as_array().into_iter().flatten() {
            let parts: Vec<&str> = mount.as_str().unwrap().split(':').collect();
            assert!(parts[1].starts_with('/') && parts.get(2).is_none_or(|mode| *mode == "ro"), "{name}: {mount}");
            mounted.insert(parts[0].to_owned());
        }
    }
    assert_eq!(volumes, mounted.iter().map(String::as_str).collect(), "volumes declared and used");
}

fn strings(value: &Value) -> bool {
    value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(Value::is_string))
}

fn duration(value: &Value) -> bool {
    value.as_str().and_then(|text| text.strip_suffix('s')).is_some_and(|number| number.parse::<u32>().is_ok())
}

fn healthcheck(value: &Value) -> bool {
    let known = |(key, value): (&String, &Value)| match key.as_str() {
        "test" => strings(value) && ["CMD", "CMD-SHELL"].contains(&value[0].as_str().unwrap_or("")),
        "interval" | "timeout" | "start_period" => duration(value),
        "retries" => value.is_u64(),
        "disable" => value.is_boolean(),
        _ => false,
    };
    value.as_object().is_some_and(|check| check.iter().all(known))
}

fn dependencies(value: &Value, compose: &Value) -> bool {
    let known = |(service, how): (&String, &Value)| {
        let other = &compose["services"][service.as_str()];
        match how["condition"].as_str() {
            Some("service_healthy") => other["healthcheck"]["test"].is_array(),
            Some("service_completed_successfully") => other["restart"] == "no",
            _ => false,
        }
    };
    value.as_object().is_some_and(|dependencies| dependencies.iter().all(known))
}

#[test]
fn the_image_holds_what_the_program_is_built_from_and_runs_as_nobody_special() {
    let dockerfile = text("Dockerfile");
    let rust = format!("FROM rust:{}-bookworm", env!("CARGO_PKG_RUST_VERSION"));
    assert!(dockerfile.contains(&rust), "{rust}");
    let ignored = text(".dockerignore");
    // the folders whose files the program embeds
    for folder in ["src", "config", "migrations", "nocodb-schema", "unomi-rules", "workflows"] {
        assert!(dockerfile.contains(&format!("COPY {folder} {folder}\n")), "Dockerfile does not copy {folder}");
        assert!(ignored.lines().any(|line| line == format!("!{folder}")), ".dockerignore leaves {folder} out");
    }
    for line in sources("src").iter().flat_map(|text| text.lines()) {
        let embedded = line.trim().strip_prefix("#[folder = \"").and_then(|rest| rest.split('"').next());
        if let Some(folder) = embedded.map(|folder| folder.trim_end_matches('/')) {
            // it, or a folder that it lies in
            let mut with = Path::new(folder).ancestors().map(|folder| folder.display().to_string());
            let whole =
                with.find(|folder| !folder.is_empty() && dockerfile.contains(&format!("COPY {folder} {folder}\n")));
            let whole = whole.unwrap_or_else(|| panic!("Dockerfile does not copy {folder}"));
            assert!(ignored.lines().any(|line| line == format!("!{whole}")), ".dockerignore leaves {whole} out");
        }
    }
    let user = dockerfile.lines().find_map(|line| line.strip_prefix("USER ")).expect("a user");
    assert!(user != "root" && user != "0");
    assert!(dockerfile.contains("CMD [\"loyalty\", \"health\"]"));
}

fn sources(folder: &str) -> Vec<String> {
    let path = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.strip_suffix(".rs").is_some() {
            all.push(text(&format!("{folder}/{name}")));
        } else if !name.contains('.') {
            all.extend(sources(&format!("{folder}/{name}")));
        }
    }
    all
}
