//! Brings n8n to where the workflows run: the owner, the credential, each workflow imported and published.
//! Repeating it changes nothing; a workflow that somebody edited in n8n stays as it is. Nothing is deleted.

use std::{fmt, time::Duration};

use serde_json::{Value, json};

use super::{
    console::{Console, ConsoleError},
    workflow::{self, CREDENTIAL_KIND, Wiring},
};

/// What n8n should hold.
pub struct Wanted {
    /// Name of the credential that the workflows use.
    pub credential: String,
    pub workflows: Vec<Value>,
    /// The connector's address as n8n reaches it.
    pub base_url: String,
    /// Written into the credential when given; n8n never shows it again.
    pub key: Option<String>,
    /// Replace workflows that were edited in n8n (its history keeps the edited version).
    pub replace: bool,
}

/// One thing looked at, and what was done, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Exists(String),
    Added(String),
    Changed(String),
    /// Differs from what is delivered, on purpose of somebody; left alone.
    Kept(String),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists(what) => write!(f, "= {what}"),
            Self::Added(what) => write!(f, "+ {what}"),
            Self::Changed(what) => write!(f, "~ {what}"),
            Self::Kept(what) => write!(f, "! {what}"),
        }
    }
}

/// Why it did not come to its end; what was done before stays, and repeating continues.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error(transparent)]
    Console(#[from] ConsoleError),
    #[error("the credential \"{0}\" is missing in n8n, and there is no key to make it with")]
    NoKey(String),
    #[error("workflow {0} has no id of its own")]
    NoId(String),
    #[error("n8n did not put workflow \"{name}\" to work: {detail}")]
    NotLive { name: String, detail: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Look,
    Write,
}

/// What `apply` would do.
pub async fn plan(console: &Console, wanted: &Wanted) -> Result<Vec<Step>, SetupError> {
    walk(console, wanted, Mode::Look).await
}

/// Makes what is missing and waits until every workflow is live.
pub async fn apply(console: &Console, wanted: &Wanted) -> Result<Vec<Step>, SetupError> {
    walk(console, wanted, Mode::Write).await
}

/// The id of the shared credential.
pub async fn credential(console: &Console, name: &str) -> Result<Option<String>, ConsoleError> {
    let all = console.credentials().await?;
    Ok(all.into_iter().find(|one| one.name == name && one.kind == CREDENTIAL_KIND).map(|found| found.id))
}

async fn walk(console: &Console, wanted: &Wanted, mode: Mode) -> Result<Vec<Step>, SetupError> {
    let mut steps = Vec::new();
    let credential = bring_credential(console, wanted, mode, &mut steps).await?;
    let wiring = Wiring { base_url: wanted.base_url.clone(), credential_name: wanted.credential.clone(), credential };
    for file in &wanted.workflows {
        let target = Target { console, mode, file, wiring: &wiring, replace: wanted.replace };
        target.bring(&mut steps).await?;
    }
    Ok(steps)
}

async fn bring_credential(
    console: &Console,
    wanted: &Wanted,
    mode: Mode,
    steps: &mut Vec<Step>,
) -> Result<Option<String>, SetupError> {
    let name = wanted.credential.as_str();
    let what = format!("credential \"{name}\"");
    let content = |key: &str| {
        json!({ "name": name, "type": CREDENTIAL_KIND,
                "data": { "name": "Authorization", "value": format!("Bearer {key}") } })
    };
    let known = credential(console, name).await?;
    let (step, id) = match (known, wanted.key.as_deref()) {
        (Some(id), Some(key)) => {
            if mode == Mode::Write {
                console.change_credential(&id, &content(key)).await?;
            }
            (Step::Changed(format!("{what}: key written")), Some(id))
        }
        (Some(id), None) => (Step::Exists(what), Some(id)),
        (None, _) if mode == Mode::Look => (Step::Added(what), None),
        (None, Some(key)) => {
            let new = console.add_credential(&content(key)).await?;
            (Step::Added(what), Some(new.id))
        }
        (None, None) => return Err(SetupError::NoKey(name.to_owned())),
    };
    steps.push(step);
    Ok(id)
}

/// One workflow file on its way into n8n.
struct Target<'a> {
    console: &'a Console,
    mode: Mode,
    file: &'a Value,
    wiring: &'a Wiring,
    replace: bool,
}

impl Target<'_> {
    async fn bring(&self, steps: &mut Vec<Step>) -> Result<(), SetupError> {
        let name = self.file["name"].as_str().unwrap_or("without a name");
        let id = self.file["id"].as_str().ok_or_else(|| SetupError::NoId(name.to_owned()))?;
        let what = format!("workflow \"{name}\"");
        let delivered = workflow::wired(self.file, self.wiring);
        let (step, draft) = match self.console.workflow(id).await? {
            None if self.mode == Mode::Look => (Step::Added(what.clone()), None),
            None => {
                let made = self.console.add_workflow(&workflow::content(&delivered)).await?;
                (Step::Added(what.clone()), Some(made))
            }
            Some(present) if workflow::same(&present, &delivered) => (Step::Exists(what.clone()), Some(present)),
            Some(present) => self.rewire(&what, id, present, delivered).await?,
        };
        let kept = matches!(step, Step::Kept(_));
        steps.push(step);
        match draft {
            // somebody's draft over a version that works: when it goes live is theirs to say
            Some(draft) if kept && draft["activeVersionId"].is_string() => Ok(()),
            Some(draft) => self.publish(name, id, &draft, steps).await,
            None => {
                steps.push(Step::Added(format!("{what} published")));
                Ok(())
            }
        }
    }

    /// The copy in n8n differs: by address or credential, then it gets these; or by somebody's hand.
    async fn rewire(
        &self,
        what: &str,
        id: &str,
        present: Value,
        delivered: Value,
    ) -> Result<(Step, Option<Value>), SetupError> {
        let rewired = if self.replace { delivered.clone() } else { workflow::wired(&present, self.wiring) };
        let edited = !workflow::same(&rewired, &delivered);
        if workflow::same(&rewired, &present) {
            let kept = format!("{what} differs from the one delivered and is kept (--replace writes ours)");
            return Ok((Step::Kept(kept), Some(present)));
        }
        let draft = match self.mode {
            Mode::Write => self.console.change_workflow(id, &workflow::content(&rewired)).await?,
            Mode::Look => present,
        };
        let detail = if edited { "address and credential written, other edits kept" } else { "brought up to date" };
        Ok((Step::Changed(format!("{what}: {detail}")), Some(draft)))
    }

    async fn publish(&self, name: &str, id: &str, draft: &Value, steps: &mut Vec<Step>) -> Result<(), SetupError> {
        let what = format!("workflow \"{name}\" published");
        let version = draft["versionId"].as_str().unwrap_or_default();
        if draft["activeVersionId"] == version && self.live(id, draft, version).await?.is_ok() {
            steps.push(Step::Exists(what));
            return Ok(());
        }
        steps.push(Step::Added(what));
        if self.mode == Mode::Look {
            return Ok(());
        }
        self.console.publish(id, version).await?;
        let mut last = String::new();
        for _ in 0..PUBLISHED_TRIES {
            match self.live(id, draft, version).await? {
                Ok(()) => return Ok(()),
                Err(detail) => last = detail,
            }
            tokio::time::sleep(PUBLISHED_PAUSE).await;
        }
        Err(SetupError::NotLive { name: name.to_owned(), detail: last })
    }

    /// Whether this version answers; otherwise how far n8n is.
    async fn live(&self, id: &str, draft: &Value, version: &str) -> Result<Result<(), String>, ConsoleError> {
        if !workflow::listens(draft) {
            return Ok(Ok(()));
        }
        let publication = self.console.publication(id).await?;
        if publication.status == "published" && publication.live_version_id.as_deref() == Some(version) {
            return Ok(Ok(()));
        }
        let errors = publication.triggers.into_iter().filter_map(|trigger| trigger.error_message);
        let errors: Vec<String> = errors.collect();
        Ok(Err(format!("its state is \"{}\" {}", publication.status, errors.join("; ")).trim_end().to_owned()))
    }
}

/// n8n looks at what is to be published every 15 seconds by default.
const PUBLISHED_TRIES: usize = 120;
const PUBLISHED_PAUSE: Duration = Duration::from_millis(500);
