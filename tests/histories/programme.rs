//! The programme of the histories: small numbers, so that limits, ends and shortages are met often.

use std::sync::Arc;

use jiff::Timestamp;
use loyalty_connector::{
    loyalty::{Programmes, Version, programme::check},
    programme::{Tables, csv, sample},
};

use crate::happens::Setting;

/// Most that the rule `shared` gives to all members, and the rule `capped` to one in a week.
pub const BUDGET: i64 = 150;
pub const CAP: i64 = 30;

/// Where a history is limited: the most that all rules give to a member in a week, and that it spends in a day.
pub const CAP_OF_ALL: i64 = 90;
pub const SPENT: i64 = 60;

const RULES: &str = "Rule,Event,Points,Per amount,Multiplier,Categories,First purchase,Segments,Expires,Waits,Cap per member,Cap period,Budget,Spendable on
base,,1,1.00,,,,,20D,,,,,
shoes,,,,2,sport/shoes,,,40D,none,,,,
hello,,25,,,,yes,,,,,,,
capped,,1,1.00,,,,,10D,,30,week,,
shared,,1,0.50,,,,,,,,,150,
vip,,15,,,,,vip,3D,event:done,,,,
review,review,20,,,,,,15D,,40,month,,
course,course,50,,,,,,10D,event:done,,,,
gift,gift,60,,,,,,30D,none,,,,sport/shoes
candles,birthday,12,,,,,,,,,,,
";

const TIERS: &str = "Tier,Qualifying points,Multiplier\nbronze,0,\nsilver,60,1.5\ngold,150,2\n";

const REWARDS: &str = "Reward,Kind,Cost,Stock,Per member,Code offer,Tiers,Menu,Pick
mug,gift,40,2,,,,,
tea,perk,0,,,,,menu,1
cake,perk,5,,,,,menu,1
coupon,coupon,50,,2,five,,,
";

const CODES: &str = "Offer,Code,Kind,Value,Uses,Per member
last,LAST,amount,5.00,1,
own,OWN,percent,10,,1
five,,amount,5.00,1,
";

pub fn programmes(setting: &Setting) -> Programmes {
    Programmes::new(vec![version(1, Timestamp::UNIX_EPOCH, setting)]).unwrap()
}

pub fn version(number: u32, effective_at: Timestamp, setting: &Setting) -> Version {
    Version { number, effective_at, programme: Arc::new(check(&tables(setting)).unwrap()) }
}

pub fn tables(setting: &Setting) -> Tables {
    let mut tables = sample::tables();
    let rules = if setting.other_rules {
        RULES.replace("hello,,25", "hello,,5").replace("gift,gift,60", "gift,gift,35").replace("vip,,15", "vip,,40")
    } else {
        RULES.to_owned()
    };
    for (table, text) in [("Rules", rules.as_str()), ("Tiers", TIERS), ("Rewards", REWARDS), ("Codes", CODES)] {
        tables.0.insert(table.to_owned(), csv::read(table, text).unwrap());
    }
    settings(&mut tables, setting);
    tables
}

fn settings(tables: &mut Tables, setting: &Setting) {
    let slide = if setting.slides { ("15D", "60D") } else { ("", "") };
    let (cap, spent) = (CAP_OF_ALL.to_string(), SPENT.to_string());
    let limits = if setting.limited { [&cap, "week", &spent, "10D"] } else { [""; 4] };
    let cells = [
        ("Expires", "30D_D"),
        ("Tier window", "1M"),
        ("Smallest payment", "10"),
        ("Payment step", "5"),
        ("Remind before expiry", "3D"),
        ("Orders a day", "1"),
        ("Converts to", "coupon"),
        ("Spent points of a refund", setting.after_refund),
        ("Points wait", setting.wait),
        ("Grace for expired points", setting.grace),
        ("Spending", if setting.spending { "yes" } else { "no" }),
        ("Refund lowers tier", if setting.refund_lowers { "yes" } else { "no" }),
        ("Activity extends by", slide.0),
        ("Extends at most", slide.1),
        ("Cap per member", limits[0]),
        ("Cap period", limits[1]),
        ("Spent a day", limits[2]),
        ("Late after", limits[3]),
    ];
    let row = tables.0.get_mut("Programme").and_then(|rows| rows.first_mut()).unwrap();
    row.cells.extend(cells.map(|(column, text)| (column.to_owned(), text.to_owned())));
}
