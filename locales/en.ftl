# What a statement says of an entry.
entry-earned = { $name }
entry-taken-back = Taken back: { $name }
entry-owed = Already spent, owed: { $name }
entry-debt-repaid = Repaid what was owed
entry-adjusted = Adjusted by hand
entry-expired = Expired
entry-opened = Can be spent now
entry-reserved = Set aside for a payment
entry-released = Set aside, given back
entry-spent = Paid with points
entry-returned = Paid with points, given back
entry-reactivated = Expired points given back
entry-claimed = Reward: { $name }
entry-claim-returned = Reward given back: { $name }
entry-moved-out = Moved to another account
entry-moved-in = Moved from another account
entry-brought = Brought from the former programme

# Why: the event, the rule, the arithmetic.
points = { $points ->
    [one] { $points } point
   *[other] { $points } points
}
why-order = Order { $order } ({ $status }) of { $at }: goods for { $total } after discounts and returns.
why-event = Event { $kind } of { $at }.
why-judged = Judged by programme v{ $version }, rule “{ $rule }”.
why-recorded = An older version of the connector decided this. It is shown as it was recorded, and not calculated again.
why-exchanged = Exchanged from { $currency } at { $rate } ({ $source }).
why-nothing = In this state ({ $status }) the rule gives nothing.
why-line = { $name }: { $amount } count.
why-line-excluded = { $name }: never earns points.
why-line-other = { $name }: not among the goods of this rule.
why-per-amount = { $amount } hold { $per } { $times ->
    [one] once
   *[other] { $times } times
}; { $times } × { $each } = { points }.
why-multiply = Base { $base ->
    [one] { $base } point
   *[other] { $base } points
} × { $factor }: { points } more.
why-fixed = A fixed { points }.
why-limited = A cap or budget leaves { points } of { $wanted }.
why-before = Before this the rule stood at { $stood }, now at { $stands }.
why-counts = { points }, counted from { $at }.
why-ends = These points end at { $at }.
