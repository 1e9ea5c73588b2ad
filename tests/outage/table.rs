//! Each system with each illness: accepting goes on, the others get theirs, and all arrives after it is well again.

use crate::{
    line::{BUSY_SECONDS, ILLNESSES, Illness},
    support::{app_with, ledger, purchase},
    world::{System, Systems, World},
};
use jiff::SignedDuration;
use loyalty_connector::clock::Clock;

const MEMBERS: [&str; 3] = ["c-1", "c-2", "c-3"];

/// Orders and reviews while `system` has `illness`, from the first call on; then it is well again.
async fn falls_ill(system: System, illness: Illness) -> World {
    let hanging = if illness.hangs() { vec![system] } else { Vec::new() };
    let world = World::where_callers_of(&hanging).await;
    world.make(system, Some(illness)).await;
    for member in MEMBERS {
        world.buys(member, &format!("{member}-first"), 278).await;
    }
    world.suffer(2).await;
    for member in MEMBERS {
        world.buys(member, &format!("{member}-second"), 178).await;
        world.reviews(member, &format!("{member}-review")).await;
    }
    world.suffer(1).await;
    others_have_theirs(&world, system).await;
    world.make(system, None).await;
    world.catch_up().await;
    world
}

async fn others_have_theirs(world: &World, ill: System) {
    for (destination, state, count) in ledger::outstanding(&world.app.app.store).await {
        assert_eq!((destination.as_str(), state.as_str()), (ill.destination(), "due"), "{count} of {destination}");
    }
}

async fn recovers_from_everything(system: System) {
    for illness in ILLNESSES {
        println!("{system:?}: {illness:?}");
        falls_ill(system, illness).await.has_everything_once().await;
    }
}

#[tokio::test]
async fn an_ill_nocodb_delays_and_loses_nothing() {
    recovers_from_everything(System::Nocodb).await;
}

#[tokio::test]
async fn an_ill_unomi_delays_and_loses_nothing() {
    recovers_from_everything(System::Unomi).await;
}

#[tokio::test]
async fn an_ill_brevo_delays_and_loses_nothing() {
    recovers_from_everything(System::Brevo).await;
}

#[tokio::test]
async fn an_ill_n8n_delays_and_loses_nothing() {
    recovers_from_everything(System::N8n).await;
}

#[tokio::test]
async fn an_ill_model_delays_its_texts_and_each_is_written_once() {
    for illness in ILLNESSES {
        println!("{illness:?}");
        let world = falls_ill(System::OpenAi, illness).await;
        let (orders, asked) = (2 * MEMBERS.len(), world.systems.model.asked());
        let by_model = world.written_by_model().await;
        match illness {
            // A page is an answer that no repetition mends: the template goes out at once.
            Illness::Nonsense => assert_eq!((by_model, asked), (0, 0)),
            _ if illness.hangs() => assert!(by_model == orders && asked >= orders),
            _ => assert_eq!((by_model, asked), (orders, orders), "one text asked for each order"),
        }
        world.has_everything_once().await;
    }
}

/// Goes through all illnesses, with a purchase in each.
async fn changes_its_face(system: System) {
    let world = World::where_callers_of(&[system]).await;
    for (number, illness) in ILLNESSES.into_iter().enumerate() {
        world.make(system, Some(illness)).await;
        world.buys("c-1", &format!("o-{number}"), if number == 0 { 278 } else { 178 }).await;
        world.suffer(if illness == Illness::Refused { 10 } else { 3 }).await;
    }
    world.make(system, None).await;
    world.catch_up().await;
    world.has_everything_once().await;
    println!("{system:?} has everything");
}

#[tokio::test]
async fn an_outage_may_change_its_face() {
    futures_util::future::join_all(System::ALL.map(changes_its_face)).await;
}

#[tokio::test]
async fn a_system_that_flaps_gets_everything_in_order() {
    use Illness::{Busy, Failing, Nonsense};
    for system in System::ALL {
        for failures in [1, 2, 3, 5] {
            let world = World::new().await;
            world.buys("c-0", "o-0", 278).await;
            world.catch_up().await;
            for member in MEMBERS {
                world.buys(member, member, 278).await;
                world.reviews(member, &format!("{member}-review")).await;
            }
            let some = [Failing, Busy, Nonsense].map(|illness| [Some(illness), None]);
            let script = std::iter::repeat_n(Some(Failing), failures).chain([None]).chain(some.into_iter().flatten());
            world.systems.lines[&system].meet(script);
            world.catch_up().await;
            world.has_everything_once().await;
        }
    }
}

#[tokio::test]
async fn who_asks_to_wait_is_left_alone_for_so_long() {
    for system in System::ALL {
        let world = World::new().await;
        let asked_at = world.app.clock.now();
        world.make(system, Some(Illness::Busy)).await;
        world.buys("c-1", "1", 278).await;
        while world.turn().await > 0 {}
        let until = world.courier.health.paused_until(system.destination()).unwrap();
        assert_eq!(until.duration_since(asked_at), SignedDuration::from_secs(BUSY_SECONDS), "{system:?}");
    }
}

#[tokio::test]
async fn accepting_waits_for_nobody() {
    let systems = Systems::start().await;
    for line in systems.lines.values() {
        line.set(Some(Illness::Silent)).await;
    }
    let app = app_with(|settings| systems.connect(settings)).await;
    let hang = || {
        let hangs = |system| systems.lines[&system].hanging() > 0;
        [System::Nocodb, System::Unomi, System::OpenAi, System::N8n].into_iter().all(hangs) // no text yet: no mail
    };
    app.put_order("first", purchase("c-first", 1)).await;
    while !hang() {
        tokio::task::yield_now().await;
    }
    for number in 0..50 {
        let order = format!("o-{number}");
        let (status, receipt) = app.put_order(&order, purchase(&format!("c-{number}"), 1)).await;
        assert_eq!((status, receipt["points"]["earned"].as_i64()), (200, Some(278)));
    }
    assert!(hang(), "all were accepted while the same deliveries hung");
}

#[tokio::test]
async fn a_running_service_catches_up_by_itself() {
    let systems = Systems::start().await;
    for line in systems.lines.values() {
        line.set(Some(Illness::Busy)).await;
    }
    let app = app_with(|settings| systems.connect(settings)).await;
    app.put_order("1", purchase("c-1", 1)).await;
    let rests = |system: System| app.app.health.paused_until(system.destination()).is_some();
    while ![System::Nocodb, System::Unomi, System::OpenAi, System::N8n].into_iter().all(rests) {
        tokio::task::yield_now().await;
    }
    for line in systems.lines.values() {
        line.set(None).await;
    }
    app.clock.set(app.clock.now().checked_add(SignedDuration::from_secs(BUSY_SECONDS)).unwrap());
    ledger::is_delivered(&app.app.store).await;
    ledger::is_shown_once(&app.app.store, &systems.nocodb).await;
    assert_eq!((systems.model.asked(), systems.brevo.accepted().len(), systems.n8n.distinct()), (1, 1, 1));
}
