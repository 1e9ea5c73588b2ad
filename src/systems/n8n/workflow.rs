//! A workflow file and its copy in n8n, compared; pure. A file says what it needs by name: the credential
//! "Loyalty connector", and `baseUrl` in a node called "Config". Whatever else somebody changed in n8n is left alone.

use serde_json::{Value, json};

/// The credential all workflows share, and its type in n8n.
pub const CREDENTIAL: &str = "Loyalty connector";
pub const CREDENTIAL_KIND: &str = "httpHeaderAuth";

/// What a workflow must hold to reach this connector.
#[derive(Debug, Clone)]
pub struct Wiring {
    /// The connector's address as n8n reaches it.
    pub base_url: String,
    pub credential_name: String,
    /// The credential's id in this n8n; none while it is still to be made.
    pub credential: Option<String>,
}

/// The workflow with address and credential filled in.
pub fn wired(workflow: &Value, wiring: &Wiring) -> Value {
    let mut workflow = workflow.clone();
    for node in workflow["nodes"].as_array_mut().into_iter().flatten() {
        if node["name"] == "Config"
            && let Some(assignments) = node.pointer_mut("/parameters/assignments/assignments")
        {
            for assignment in assignments.as_array_mut().into_iter().flatten() {
                if assignment["name"] == "baseUrl" {
                    assignment["value"] = json!(wiring.base_url);
                }
            }
        }
        if let (Some(id), Some(used)) = (&wiring.credential, node.pointer_mut("/credentials/httpHeaderAuth"))
            && used["name"] == *wiring.credential_name
        {
            used["id"] = json!(id);
        }
    }
    workflow
}

/// Whether two copies do the same: nodes, connections and name; n8n adds ids, dates and defaults of its own around them.
pub fn same(one: &Value, other: &Value) -> bool {
    ["name", "nodes", "connections"].iter().all(|part| one[*part] == other[*part])
}

/// What is sent to n8n: whether it is published is asked for separately.
pub fn content(workflow: &Value) -> Value {
    let parts = ["id", "name", "nodes", "connections", "settings"];
    let kept = parts.into_iter().filter(|part| !workflow[*part].is_null());
    kept.map(|part| (part.to_owned(), workflow[part].clone())).collect::<serde_json::Map<_, _>>().into()
}

/// Whether something outside starts it, so that n8n can tell when it is live. (An error workflow is called by others.)
pub fn listens(workflow: &Value) -> bool {
    let kinds = workflow["nodes"].as_array().into_iter().flatten().filter_map(|node| node["type"].as_str());
    kinds
        .filter(|kind| *kind != "n8n-nodes-base.errorTrigger")
        .any(|kind| kind.ends_with(".webhook") || kind.ends_with("Trigger"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workflow() -> Value {
        json!({"id": "w1", "name": "Purchase", "active": true, "connections": {}, "nodes": [
            {"name": "Hook", "type": "n8n-nodes-base.webhook", "parameters": {}},
            {"name": "Config", "type": "n8n-nodes-base.set", "parameters": {"assignments": {"assignments": [
                {"name": "baseUrl", "value": "http://127.0.0.1:8090"}, {"name": "source", "value": "till"}]}}},
            {"name": "Order", "type": "n8n-nodes-base.httpRequest", "parameters": {},
             "credentials": {"httpHeaderAuth": {"id": "x", "name": CREDENTIAL}}},
            {"name": "Other", "type": "n8n-nodes-base.httpRequest", "parameters": {},
             "credentials": {"httpHeaderAuth": {"id": "y", "name": "Somebody else's"}}}]})
    }

    #[test]
    fn wiring_fills_address_and_credential_and_nothing_else() {
        let wiring = Wiring {
            base_url: "http://connector:8090".to_owned(),
            credential_name: CREDENTIAL.to_owned(),
            credential: Some("c9".to_owned()),
        };
        let wired = wired(&workflow(), &wiring);
        assert_eq!(wired["nodes"][1]["parameters"]["assignments"]["assignments"][0]["value"], "http://connector:8090");
        assert_eq!(wired["nodes"][1]["parameters"]["assignments"]["assignments"][1]["value"], "till");
        assert_eq!(wired["nodes"][2]["credentials"]["httpHeaderAuth"]["id"], "c9");
        assert_eq!(wired["nodes"][3], workflow()["nodes"][3]);
    }

    #[test]
    fn a_copy_with_what_n8n_adds_is_the_same_and_an_edited_one_is_not() {
        let mut copy = workflow();
        copy["versionId"] = json!("v7");
        copy["active"] = json!(false);
        assert!(same(&workflow(), &copy));
        copy["nodes"][0]["parameters"]["path"] = json!("elsewhere");
        assert!(!same(&workflow(), &copy));
    }

    #[test]
    fn what_is_sent_leaves_publication_to_the_publishing() {
        assert_eq!(content(&workflow()).as_object().map(|o| o.contains_key("active")), Some(false));
        assert!(listens(&workflow()));
    }
}
