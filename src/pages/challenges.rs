//! The challenges of a member as cards: how far, what doing it gives, until when, what must be done first.

use jiff::tz::TimeZone;
use minijinja::{Value, context};

use super::view::moment;
use crate::{
    intake::problem::Problem,
    loyalty::{
        Programme,
        mechanics::challenges::{ChallengeView, State},
    },
    service::{App, challenges},
    values::count::counted,
};

/// Steps that are shown one by one; more are a bar.
const STAMPS: i64 = 20;

/// The cards of a member, in the order of its page.
pub async fn cards(
    app: &App,
    (brand, member): (&str, &str),
    programme: &Programme,
    zone: &TimeZone,
) -> Result<Vec<Value>, Problem> {
    let shown = challenges::of_member(app, brand, member).await?.challenges;
    let name_of = |id: &String| shown.iter().find(|other| other.id == *id).map_or(id, |other| &other.name).clone();
    let card = |challenge: &ChallengeView| {
        let after: Vec<String> = challenge.after.iter().map(name_of).collect();
        context! {
            name => &challenge.name, description => &challenge.description, look => challenge.show_as,
            state => state(challenge), kind => kind(challenge.state), value => challenge.value, goal => challenge.goal,
            within => Some(&challenge.within).filter(|within| !within.ends_with("in a row") && *within != "ever"), done => challenge.done, gives => gives(challenge, programme).join(", "),
            after => after.join(", "), until => challenge.until.map(|at| moment(at, zone)),
            stamps => stamps(challenge),
        }
    };
    Ok(shown.iter().map(card).collect())
}

/// Two of five as `●●○○○`.
fn stamps(challenge: &ChallengeView) -> Option<String> {
    let goal = usize::try_from(challenge.goal).ok().filter(|_| challenge.goal <= STAMPS)?;
    let value = usize::try_from(challenge.value).unwrap_or(0).min(goal);
    Some("●".repeat(value) + &"○".repeat(goal - value))
}

fn state(challenge: &ChallengeView) -> String {
    match challenge.state {
        State::Locked => "locked".to_owned(),
        State::Open => "not joined".to_owned(),
        State::Joined => format!("{} of {}", challenge.value, challenge.goal),
        State::Done => "done".to_owned(),
        State::Missed => "missed".to_owned(),
    }
}

/// The look of the chip.
fn kind(state: State) -> &'static str {
    match state {
        State::Done => "done",
        State::Missed => "expired",
        State::Locked | State::Open => "",
        State::Joined => "due",
    }
}

/// What doing it gives, by the names that members read.
fn gives(challenge: &ChallengeView, programme: &Programme) -> Vec<String> {
    let mut gives: Vec<String> = Vec::new();
    if challenge.points > 0 {
        gives.push(counted(challenge.points, "point").to_string());
    }
    if let Some(reward) = &challenge.reward {
        let known = programme.mechanics.rewards.catalogue.iter().find(|known| known.id == *reward);
        gives.push(known.map_or(reward, |known| &known.name).clone());
    }
    if let Some(offer) = &challenge.code_offer {
        gives.push(format!("a code of {offer}"));
    }
    if let (Some(tier), Some(length)) = (&challenge.tier, &challenge.tier_for) {
        let known = programme.tiers.iter().find(|known| known.id == *tier);
        gives.push(format!("{} for {length}", known.map_or(tier, |known| &known.name)));
    }
    if let (Some(times), Some(length)) = (&challenge.multiplier, &challenge.multiplier_for) {
        gives.push(format!("points times {times} for {length}"));
    }
    if challenge.badge && challenge.show_as != "badge" {
        gives.push("a badge".to_owned());
    }
    gives
}
