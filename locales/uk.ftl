entry-earned = { $name }
entry-taken-back = Списано назад: { $name }
entry-owed = Уже витрачено, борг: { $name }
entry-debt-repaid = Борг погашено
entry-adjusted = Змінено вручну
entry-expired = Згоріли
entry-unaccepted = Не прийняті вчасно
entry-opened = Тепер можна витрачати
entry-reserved = Відкладено для оплати
entry-released = Відкладене повернено
entry-spent = Оплата балами
entry-returned = Оплату балами повернено
entry-reactivated = Згорілі бали повернено
entry-claimed = Винагорода: { $name }
entry-claim-returned = Винагороду повернено: { $name }
entry-moved-out = Перенесено на інший рахунок
entry-moved-in = Перенесено з іншого рахунку
entry-brought = Перенесено з попередньої програми

points = { $points ->
    [one] { $points } бал
    [few] { $points } бали
    [many] { $points } балів
   *[other] { $points } бала
}
why-order = Замовлення { $order } ({ $status ->
    [placed] оформлене
    [paid] оплачене
    [fulfilled] доставлене
    [cancelled] скасоване
   *[other] { $status }
}) від { $at }: товарів на { $total } після знижок і повернень.
why-event = { $kind ->
    [adjustment] Бали нараховано або списано вручну
    [hold-made] Бали відкладено
    [hold-captured] Оплата балами
    [hold-released] Відкладені бали повернено
    [points-reactivated] Згорілі бали повернено
    [reward-claimed] Отримано винагороду
    [challenge-joined] Бере участь у випробуванні
    [reward-given] Винагорода випробування
    [points-converted] Бали перетворено на купон
    [claim-cancelled] Винагороду повернено
    [time-passed] Минув час
    [birthday] День народження
    [member-left] Участь змінилася
    [member-restricted] Обмеження змінилося
    [member-merged] Учасник виявився іншим учасником
    [member-absorbed] До рахунку приєднано інший
    [member-unmerged] Рахунок знову відокремлено
    [member-restored] Рахунок знову сам по собі
    [points-opening] Бали з попередньої програми
    [order-left] Замовлення виявилося замовленням іншого учасника
    [tier-granted] Надано рівень
    [member-joined] Учасник приєднався
    [member-accepted] Учасник погодився брати участь
   *[other] Подія { $name }
}, { $at }.
why-judged = Оцінено за програмою v{ $version }, правило «{ $rule }».
why-recorded = Це вирішила попередня версія програми. Показано те, що було записано; наново не розраховується.
why-exchanged = Перераховано з { $currency } за курсом { $rate } ({ $source }).
why-line = { $name }: враховується { $amount }.
why-line-times = { $name }: { $amount }, для балів із коефіцієнтом { $factor }: { $counts }.
why-line-excluded = { $name }: ніколи не дає балів.
why-line-other = { $name }: не належить до товарів цього правила.
why-per-amount = У { $amount } { $per } вміщується { $times ->
    [one] { $times } раз
    [few] { $times } рази
    [many] { $times } разів
   *[other] { $times } раза
}; { $times } × { $each } = { points }.
why-multiply = Основа { $base ->
    [one] { $base } бал
    [few] { $base } бали
    [many] { $base } балів
   *[other] { $base } бала
} × { $factor }: ще { points }.
why-fixed = Фіксовано { points }.
why-reward = Винагорода { $reward }, без витрати балів.
why-code-offer = Код пропозиції { $offer }.
why-limited = Ліміт або бюджет залишає { points } з { $wanted }.
why-before = До цього за правилом було { $stood }, тепер { $stands }.
why-counts = { points }, враховано з { $at }.
why-ends = Ці бали згорять { $at }.

why-not-paid = Поки нічого: бали дає лише оплачене, а це замовлення не оплачене.
why-cancelled = Замовлення скасовано: воно нічого не приносить.
why-returned-all = Замовлення повернено повністю: від нього нічого не залишилося.
why-from-before = Замовлення зроблено до цієї програми: його бали прийшли з початковим залишком.
why-not-a-member = Замовлення зроблено до того, як учасник вступив у програму, а бали отримують лише учасники: воно не враховується.
why-another-members = Замовлення виявилося замовленням іншого учасника: тут воно вважається скасованим.
why-dates = Нічого: правило діє з { $from } до { $until }, а це було { $at }.
why-tier = Нічого: правило для рівня { $tiers }, а в учасника був { $tier }.
why-segment = Нічого: правило для сегмента { $segments }, а учасник до нього не входив.
why-not-first = Нічого: це не перша покупка.
why-other-goods = Нічого: правило для товарів { $categories }, а тут таких немає.
why-all-excluded = Нічого: ці товари ніколи не дають балів.
why-nothing-left = Нічого: з купленого не залишилося нічого, що щось коштує.
why-too-little = Нічого: це менше за одну повну суму.
why-no-base = Нічого: ці товари не мають балів, які можна помножити.
why-not-again = Залишається { points }: прощене або звільнене раніше вдруге не дається (усього { $wanted }).
why-unknown-event = Нічого: жодне правило не дає балів за подію { $kind }.
why-line-returned = { $name }: повернено.
why-line-free = { $name }: нічого не коштує.
why-base = Основу дає «{ $rule }»: { points } за { $amount }; з них на ці товари припадає { $share }.
why-cap = Ліміт цього правила, { $most ->
    [one] { $most } бал
    [few] { $most } бали
    [many] { $most } балів
   *[other] { $most } бала
} { $period ->
    [day] на день
    [week] на тиждень
    [month] на місяць
    [year] на рік
   *[lifetime] усього
}, вичерпано.
why-cap-of-all = Спільний ліміт усіх правил, { $most ->
    [one] { $most } бал
    [few] { $most } бали
    [many] { $most } балів
   *[other] { $most } бала
} { $period ->
    [day] на день
    [week] на тиждень
    [month] на місяць
    [year] на рік
   *[lifetime] усього
}, вичерпано.
why-budget = Бюджет цього правила на всіх учасників, { $most ->
    [one] { $most } бал
    [few] { $most } бали
    [many] { $most } балів
   *[other] { $most } бала
}, вичерпано.
why-left = Учасник вийшов із програми й більше нічого не отримує.
why-paid-with = Частину оплачено балами: { points }; з них повернено { $back }.
why-held = Його бали чекають рішення людини.
why-set-aside = Усього відкладено { points } (резерв { $hold }) до { $until }.
why-for-order = Для замовлення { $order }.
why-released = Резерв { $hold } повернено.
why-released-rest = З { $held } відкладених сплачено { points }; решта повертається.
why-released-cancelled = Замовлення { $order } скасовано: відкладене для нього повертається.
why-released-ended = Ним не розплатилися: резерв закінчився сам { $at }.
why-captured = Резерв { $hold } став оплатою.
why-paid = Замовлення { $order } оплачують усього { points } (резерв { $hold }).
why-paid-again = Повернено менше замовлення { $order }, ніж було сказано раніше: повернене знову оплачує.
why-returned-cancelled = Замовлення { $order } скасовано: повертаються всі бали, що його оплатили ({ points }).
why-returned-whole = Замовлення { $order } повернено повністю: повертаються всі бали, що його оплатили ({ points }).
why-returned-share = Частину замовлення { $order } повернено, залишилося { $left }: сплачено { points }, з них повернулося { $back }.
why-expired = Їх можна було витрачати з { $from } до { $at }.
why-expired-at = Їх можна було витрачати до { $at }.
why-not-activated = Вони чекали, і до { $at } те, чого вони чекали, не настало.
why-not-accepted = Вони чекали на згоду учасника, і до { $at } її не було.
why-in-time = Те, чого вони чекали, настало вчасно, а повідомили про це пізніше: їх повернено.
why-left-ends = Учасник вийшов із програми: усі бали згорають, відкладене повертається.
why-opened-event = Вони чекали на подію { $kind }, і вона сталася.
why-opened-lifted = Вони чекали рішення людини або зняття обмеження.
why-accepted = Вони чекали на згоду учасника, і він погодився.
why-opened-time = Вони чекали до { $at }.
why-repaid = Раніше борг був { points }; після цього { $left }.
why-by-hand = Вручну, усього { points }, хто: { $by }.
why-challenge = Випробування «{ $name }»: зараз { $is } із { $goal }, раніше { $was }.
why-challenge-with-start = Випробування «{ $name }»: зараз { $is } із { $goal }, раніше { $was }; { $start } дано на початку.
why-challenge-tier = Випробування «{ $name }» дає рівень { $tier } до { $until }.
why-challenge-tier-ends = Випробування «{ $name }» більше не виконано: його рівень { $tier } закінчується.
why-challenge-multiplier = Випробування «{ $name }» множить основні бали на { $factor } до { $until }.
why-challenge-multiplier-ends = Випробування «{ $name }» більше не виконано: основні бали більше не множаться на { $factor }.
why-claimed = Винагорода «{ $name }» коштує { points }.
why-claim-cancelled = Винагороду «{ $name }» скасовано: повертається { points }.
why-merged = Учасник виявився учасником { $member }: усе переходить туди.
why-absorbed = { $member } виявився цим учасником: усе переходить сюди.
why-unmerged = { $member } знову сам по собі: залишок його балів повертається.
why-restored = Учасник знову сам по собі: залишок його балів повертається від { $member }.
why-reactivated = Згорілі бали повернено вручну.
why-brought = Вони були в попередній програмі й перенесені звідти.
why-from-order = Бали прийшли за правилом «{ $rule }» за замовлення { $order }.
why-from-rule = Бали прийшли за правилом «{ $rule }».
why-percent-back = Повертається { $percent } % від { $amount }; { $each } балів варті { $per }: { points }.
why-times = Нічого: правило діє в інші дні тижня або години, а це було { $at }.
why-not-segment = Нічого: правило не поширюється на сегмент { $segments }.
why-not-nth = Нічого: правило для покупки номер { $nth }, а це інша.
why-not-drawn = Нічого: це сюрприз для однієї з { $in }, і він випав іншій.
why-store = Нічого: правило для { $stores }, а замовлення не звідти.
why-channel = Нічого: правило для замовлень через { $channels }, а це прийшло інакше.
why-small-order = Нічого: правило для замовлень від { $least }, а це менше.
why-condition = Нічого: умову `{ $condition }` не виконано.
why-condition-unknown = Нічого: умова `{ $condition }` питає про те, що невідомо.
why-better-in-group = Нічого: з правил групи «{ $group }» діє лише те, що дає найбільше, і це інше.
why-stopped = Нічого: правило, що йде раніше, не дає діяти іншим.

# Чого бракує до наступного рівня, крім балів.
orders = { $orders ->
    [one] { $orders } замовлення
    [few] { $orders } замовлення
    [many] { $orders } замовлень
   *[other] { $orders } замовлення
}

# Чому кошик не можна оплатити більшою кількістю балів або код не діє.
limit-balance = можна витратити { points }
limit-day = сьогодні можна витратити ще { points }
limit-share = балами оплачується не більше { $percent } % замовлення
limit-goods = балами можна оплатити лише частину товарів
limit-step = оплата кратна числу: { points }
limit-smallest = найменша оплата: { points }
not-allowed-spending-off = оплату балами в програмі вимкнено
not-allowed-on-hold = рахунок призупинено: бали чекають, витрачати не можна
not-allowed-unaccepted = учасник ще не підтвердив участь: доти бали чекають
not-allowed-left = учасник вийшов із програми
not-allowed-too-small = оплата менша за найменшу в програмі
not-allowed-wrong-step = оплата не кратна кроку програми
not-allowed-other-goods = за ці товари можна заплатити не більше: { points }
not-allowed-enough-today = сьогодні витрачено стільки балів, скільки один учасник може за день
not-allowed-out-of-stock = закінчилося
not-allowed-member-limit = учасник отримав усе, що може отримати один учасник
not-allowed-outside-dates = зараз це не пропонується
not-allowed-other-members = це для інших учасників
not-allowed-code-used-up = код використано стільки разів, скільки можна
not-allowed-no-steps = до днів, тижнів і місяців поспіль та до місяців участі кроки не додаються
not-allowed-partners-only = код приймає партнер своїм ключем
refused-no-code = у цього учасника немає коду `{ $code }`
