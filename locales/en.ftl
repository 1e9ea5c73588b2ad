# What a statement says of an entry.
entry-earned = { $name }
entry-taken-back = Taken back: { $name }
entry-owed = Already spent, owed: { $name }
entry-debt-repaid = Repaid what was owed
entry-adjusted = Adjusted by hand
entry-expired = Expired
entry-unaccepted = Not accepted in time
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
why-order = Order { $order } ({ $status ->
    [placed] placed
    [paid] paid
    [fulfilled] delivered
    [cancelled] cancelled
   *[other] { $status }
}) of { $at }: goods for { $total } after discounts and returns.
why-event = { $kind ->
    [adjustment] Points given or taken by hand
    [hold-made] Points set aside
    [hold-captured] A payment with points
    [hold-released] Points set aside were given back
    [points-reactivated] Expired points were given back
    [reward-claimed] A reward was taken
    [challenge-joined] Takes part in a challenge
    [reward-given] A challenge’s reward
    [points-converted] Points turned into a coupon
    [claim-cancelled] A reward was given back
    [time-passed] Time passed
    [birthday] Birthday
    [member-left] Membership changed
    [member-restricted] Restriction changed
    [member-merged] The member turned out to be another one
    [member-absorbed] Another account came to this one
    [member-unmerged] An account went its own way again
    [member-restored] The account is on its own again
    [points-opening] Points from the former programme
    [order-left] The order turned out to be another member’s
    [tier-granted] A tier was granted
    [member-joined] The member joined
    [member-accepted] The member accepted to be one
   *[other] Event { $name }
}, { $at }.
why-judged = Judged by programme v{ $version }, rule “{ $rule }”.
why-recorded = An older version of the connector decided this. It is shown as it was recorded, and not calculated again.
why-exchanged = Exchanged from { $currency } at { $rate } ({ $source }).
why-line = { $name }: { $amount } count.
why-line-times = { $name }: { $amount }, which counts { $factor } times for points: { $counts }.
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
why-reward = The reward { $reward }, for no points.
why-code-offer = A code of { $offer }.
why-limited = A cap or budget leaves { points } of { $wanted }.
why-before = Before this the rule stood at { $stood }, now at { $stands }.
why-counts = { points }, counted from { $at }.
why-ends = These points end at { $at }.

# Why nothing, or less; why points moved that no rule gave.
why-not-paid = Nothing yet: only what is paid earns points, and this order is not paid.
why-cancelled = The order was cancelled: it earns nothing.
why-returned-all = The order was returned whole: nothing is left of it.
why-from-before = The order is from before this programme: its points came with the opening balance.
why-not-a-member = The order was placed before its member joined, and only members earn: it counts for nothing.
why-another-members = The order turned out to be another member’s: here it counts as cancelled.
why-dates = Nothing: the rule is in force from { $from } until { $until }, and this was at { $at }.
why-tier = Nothing: the rule is for { $tiers }, and the member was { $tier }.
why-segment = Nothing: the rule is for the segment { $segments }, and the member was not in it.
why-not-first = Nothing: this is not the first purchase.
why-other-goods = Nothing: the rule is for { $categories }, and none of these goods is.
why-all-excluded = Nothing: these goods never earn points.
why-nothing-left = Nothing: of what was bought nothing is left that costs something.
why-too-little = Nothing: it is less than one full amount.
why-no-base = Nothing: these goods have no points that could be multiplied.
why-not-again = It stands at { points }: what was forgiven or freed before is not given twice ({ $wanted } in all).
why-unknown-event = Nothing: no rule gives points for the event { $kind }.
why-line-returned = { $name }: returned.
why-line-free = { $name }: costs nothing.
why-base = Of the base, “{ $rule }” gives { points } for { $amount }; { $share } of them fall on these goods.
why-cap = The cap of this rule, { $most ->
    [one] { $most } point
   *[other] { $most } points
} { $period ->
    [day] a day
    [week] a week
    [month] a month
    [year] a year
   *[lifetime] in all
}, is full.
why-cap-of-all = The cap of all rules together, { $most ->
    [one] { $most } point
   *[other] { $most } points
} { $period ->
    [day] a day
    [week] a week
    [month] a month
    [year] a year
   *[lifetime] in all
}, is full.
why-budget = The budget of this rule for all members, { $most ->
    [one] { $most } point
   *[other] { $most } points
}, is used up.
why-left = The member has left the programme and earns nothing more.
why-paid-with = { points } paid a part of it; { $back } of them went back.
why-held = Its points wait for a person.
why-set-aside = { points } in all are set aside by hold { $hold } until { $until }.
why-for-order = For order { $order }.
why-released = Hold { $hold } was given back.
why-released-rest = Of { $held } set aside, { points } were paid; the rest goes back.
why-released-cancelled = Order { $order } was cancelled: what was set aside for it goes back.
why-released-ended = Nobody paid with it: the hold ended by itself at { $at }.
why-captured = Hold { $hold } became a payment.
why-paid = { points } in all pay order { $order } (hold { $hold }).
why-paid-again = Less of order { $order } is returned than was said before: what had gone back pays again.
why-returned-cancelled = Order { $order } was cancelled: all { points } that paid go back.
why-returned-whole = Order { $order } was returned whole: all { points } that paid go back.
why-returned-share = A part of order { $order } was returned, { $left } is left: of { points } that paid, { $back } are back now.
why-expired = They could be spent from { $from } until { $at }.
why-expired-at = They could be spent until { $at }.
why-not-activated = They waited, and what they waited for had not come by { $at }.
why-not-accepted = They waited for the member to accept, who had not done so by { $at }.
why-in-time = What they waited for came in time and was told later: they are back.
why-left-ends = The member left the programme: all points end, and what was set aside is given back.
why-opened-event = They waited for the event { $kind }, and it came.
why-opened-lifted = They waited for a person, or for a restriction to end.
why-accepted = They waited for the member to accept, who has done so.
why-opened-time = They waited until { $at }.
why-repaid = { points } were owed before; { $left } are owed after it.
why-by-hand = By hand, { points } in all, by { $by }.
why-challenge = Challenge “{ $name }”: { $is } of { $goal } now, { $was } before.
why-challenge-with-start = Challenge “{ $name }”: { $is } of { $goal } now, { $was } before, with { $start } given at the start.
why-challenge-tier = Challenge “{ $name }” gives the tier { $tier } until { $until }.
why-challenge-tier-ends = Challenge “{ $name }” is not done any more: its tier { $tier } ends.
why-challenge-multiplier = Challenge “{ $name }” multiplies base points by { $factor } until { $until }.
why-challenge-multiplier-ends = Challenge “{ $name }” is not done any more: base points are no longer multiplied by { $factor }.
why-claimed = The reward “{ $name }” costs { points }.
why-claim-cancelled = The reward “{ $name }” was cancelled: { points } go back.
why-merged = The member turned out to be { $member }: everything moves there.
why-absorbed = { $member } turned out to be this member: everything comes here.
why-unmerged = { $member } goes its own way again: what is left of its points goes back.
why-restored = The member is on its own again: what is left of its points comes back from { $member }.
why-reactivated = Points that had expired are given back by hand.
why-brought = They stood in the former programme and were brought from there.
why-from-order = The points came by “{ $rule }” for order { $order }.
why-from-rule = The points came by “{ $rule }”.
why-percent-back = { $percent } % of { $amount } come back; { $each } points are worth { $per }: { points }.
why-times = Nothing: the rule counts on other days of the week or at other hours, and this was at { $at }.
why-not-segment = Nothing: the rule leaves out the segment { $segments }.
why-not-nth = Nothing: the rule is for purchase number { $nth }, and this is another one.
why-not-drawn = Nothing: this is a surprise for one in { $in }, and it fell to another one.
why-store = Nothing: the rule is for { $stores }, and the order is from elsewhere.
why-channel = Nothing: the rule is for orders by { $channels }, and this came another way.
why-small-order = Nothing: the rule is for orders from { $least }, and this comes to less.
why-condition = Nothing: the condition `{ $condition }` does not hold.
why-condition-unknown = Nothing: the condition `{ $condition }` asks for something that is not known.
why-better-in-group = Nothing: of the rules of “{ $group }” only the one that gives most counts, and that is another one.
why-stopped = Nothing: a rule that goes first lets no other one give.

# What is missing to the next tier, beside points.
orders = { $orders ->
    [one] { $orders } order
   *[other] { $orders } orders
}

# Why a cart cannot be paid with more points, or a code counts for nothing.
limit-balance = the member can spend { points }
limit-day = the member may spend { $points ->
    [one] { $points } more point
   *[other] { $points } more points
} today
limit-share = points pay at most { $percent } % of the order
limit-goods = only part of the goods can be paid with points
limit-step = payments are multiples of { points }
limit-smallest = the smallest payment is { points }
not-allowed-spending-off = spending is switched off in the programme
not-allowed-on-hold = the member's account is on hold: it earns to pending and cannot spend
not-allowed-unaccepted = the member has not accepted yet to be one: its points wait until then
not-allowed-left = the member has left the programme
not-allowed-too-small = the payment is smaller than the programme's smallest
not-allowed-wrong-step = the payment is not a multiple of the programme's step
not-allowed-other-goods = for these goods at most { points } may pay
not-allowed-enough-today = the member has spent as many points today as one member may in a day
not-allowed-out-of-stock = there are none left
not-allowed-member-limit = the member has had all that one member may have
not-allowed-outside-dates = it is not offered at this time
not-allowed-other-members = it is for other members
not-allowed-code-used-up = the code has been used as often as it may be
not-allowed-no-steps = days, weeks and months in a row and months as a member have no steps that could be added
not-allowed-partners-only = the code is redeemed by a partner, with the partner's key
refused-no-code = there is no code `{ $code }` of this member
