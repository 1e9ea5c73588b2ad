entry-earned = { $name }
entry-taken-back = Списано обратно: { $name }
entry-owed = Уже потрачено, долг: { $name }
entry-debt-repaid = Долг погашен
entry-adjusted = Изменено вручную
entry-expired = Сгорели
entry-unaccepted = Не приняты вовремя
entry-opened = Теперь можно тратить
entry-reserved = Отложено для оплаты
entry-released = Отложенное возвращено
entry-spent = Оплата баллами
entry-returned = Оплата баллами возвращена
entry-reactivated = Сгоревшие баллы возвращены
entry-claimed = Награда: { $name }
entry-claim-returned = Награда возвращена: { $name }
entry-moved-out = Перенесено на другой счёт
entry-moved-in = Перенесено с другого счёта
entry-brought = Перенесено из прежней программы

points = { $points ->
    [one] { $points } балл
    [few] { $points } балла
    [many] { $points } баллов
   *[other] { $points } балла
}
why-order = Заказ { $order } ({ $status ->
    [placed] оформлен
    [paid] оплачен
    [fulfilled] доставлен
    [cancelled] отменён
   *[other] { $status }
}) от { $at }: товаров на { $total } после скидок и возвратов.
why-event = { $kind ->
    [adjustment] Баллы начислены или списаны вручную
    [hold-made] Баллы отложены
    [hold-captured] Оплата баллами
    [hold-released] Отложенные баллы возвращены
    [points-reactivated] Сгоревшие баллы возвращены
    [reward-claimed] Получена награда
    [challenge-joined] Участвует в испытании
    [reward-given] Награда испытания
    [points-converted] Баллы превращены в купон
    [claim-cancelled] Награда возвращена
    [time-passed] Прошло время
    [birthday] День рождения
    [member-left] Изменилось участие
    [member-restricted] Изменилось ограничение
    [member-merged] Участник оказался другим участником
    [member-absorbed] К счёту присоединён другой
    [member-unmerged] Счёт снова отделён
    [member-restored] Счёт снова сам по себе
    [points-opening] Баллы из прежней программы
    [order-left] Заказ оказался заказом другого участника
    [tier-granted] Присвоен уровень
    [member-joined] Участник вступил
    [member-accepted] Участник согласился участвовать
   *[other] Событие { $name }
}, { $at }.
why-judged = Оценено по программе v{ $version }, правило «{ $rule }».
why-recorded = Это решила более ранняя версия программы. Показано то, что было записано; заново не рассчитывается.
why-exchanged = Пересчитано из { $currency } по курсу { $rate } ({ $source }).
why-line = { $name }: учитывается { $amount }.
why-line-times = { $name }: { $amount }, для баллов с коэффициентом { $factor }: { $counts }.
why-line-excluded = { $name }: никогда не приносит баллов.
why-line-other = { $name }: не относится к товарам этого правила.
why-per-amount = В { $amount } { $per } помещается { $times ->
    [one] { $times } раз
    [few] { $times } раза
    [many] { $times } раз
   *[other] { $times } раза
}; { $times } × { $each } = { points }.
why-multiply = Основа { $base ->
    [one] { $base } балл
    [few] { $base } балла
    [many] { $base } баллов
   *[other] { $base } балла
} × { $factor }: ещё { points }.
why-fixed = Фиксированно { points }.
why-reward = Награда { $reward }, без траты баллов.
why-code-offer = Код предложения { $offer }.
why-limited = Лимит или бюджет оставляет { points } из { $wanted }.
why-before = До этого по правилу было { $stood }, теперь { $stands }.
why-counts = { points }, учтено с { $at }.
why-ends = Эти баллы сгорают { $at }.

why-not-paid = Пока ничего: баллы даёт только оплаченное, а этот заказ не оплачен.
why-cancelled = Заказ отменён: он ничего не приносит.
why-returned-all = Заказ возвращён целиком: от него ничего не осталось.
why-from-before = Заказ сделан до этой программы: его баллы пришли с начальным остатком.
why-not-a-member = Заказ сделан до того, как участник вступил в программу, а баллы получают только участники: он не учитывается.
why-another-members = Заказ оказался заказом другого участника: здесь он считается отменённым.
why-dates = Ничего: правило действует с { $from } до { $until }, а это было { $at }.
why-tier = Ничего: правило для уровня { $tiers }, а у участника был { $tier }.
why-segment = Ничего: правило для сегмента { $segments }, а участник в него не входил.
why-not-first = Ничего: это не первая покупка.
why-other-goods = Ничего: правило для товаров { $categories }, а здесь таких нет.
why-all-excluded = Ничего: эти товары никогда не приносят баллов.
why-nothing-left = Ничего: из купленного не осталось ничего, что чего-то стоит.
why-too-little = Ничего: это меньше одной полной суммы.
why-no-base = Ничего: у этих товаров нет баллов, которые можно умножить.
why-not-again = Остаётся { points }: прощённое или освобождённое раньше второй раз не даётся (всего { $wanted }).
why-unknown-event = Ничего: ни одно правило не даёт баллов за событие { $kind }.
why-line-returned = { $name }: возвращено.
why-line-free = { $name }: ничего не стоит.
why-base = Основу даёт «{ $rule }»: { points } за { $amount }; из них на эти товары приходится { $share }.
why-cap = Лимит этого правила, { $most ->
    [one] { $most } балл
    [few] { $most } балла
    [many] { $most } баллов
   *[other] { $most } балла
} { $period ->
    [day] в день
    [week] в неделю
    [month] в месяц
    [year] в год
   *[lifetime] всего
}, исчерпан.
why-cap-of-all = Общий лимит всех правил, { $most ->
    [one] { $most } балл
    [few] { $most } балла
    [many] { $most } баллов
   *[other] { $most } балла
} { $period ->
    [day] в день
    [week] в неделю
    [month] в месяц
    [year] в год
   *[lifetime] всего
}, исчерпан.
why-budget = Бюджет этого правила на всех участников, { $most ->
    [one] { $most } балл
    [few] { $most } балла
    [many] { $most } баллов
   *[other] { $most } балла
}, исчерпан.
why-left = Участник вышел из программы и больше ничего не получает.
why-paid-with = Часть оплачена баллами: { points }; из них возвращено { $back }.
why-held = Его баллы ждут решения человека.
why-set-aside = Всего отложено { points } (резерв { $hold }) до { $until }.
why-for-order = Для заказа { $order }.
why-released = Резерв { $hold } возвращён.
why-released-rest = Из { $held } отложенных оплачено { points }; остальное возвращается.
why-released-cancelled = Заказ { $order } отменён: отложенное для него возвращается.
why-released-ended = Им не расплатились: резерв закончился сам { $at }.
why-captured = Резерв { $hold } стал оплатой.
why-paid = Заказ { $order } оплачивают всего { points } (резерв { $hold }).
why-paid-again = Возвращено меньше заказа { $order }, чем было сказано раньше: вернувшееся снова оплачивает.
why-returned-cancelled = Заказ { $order } отменён: возвращаются все баллы, что его оплатили ({ points }).
why-returned-whole = Заказ { $order } возвращён целиком: возвращаются все баллы, что его оплатили ({ points }).
why-returned-share = Часть заказа { $order } возвращена, осталось { $left }: оплачено { points }, из них вернулось { $back }.
why-expired = Их можно было тратить с { $from } до { $at }.
why-expired-at = Их можно было тратить до { $at }.
why-not-activated = Они ждали, и к { $at } то, чего они ждали, не наступило.
why-not-accepted = Они ждали согласия участника, и к { $at } его не было.
why-in-time = То, чего они ждали, наступило вовремя, а сообщили об этом позже: они возвращены.
why-left-ends = Участник вышел из программы: все баллы сгорают, отложенное возвращается.
why-opened-event = Они ждали события { $kind }, и оно произошло.
why-opened-lifted = Они ждали решения человека или снятия ограничения.
why-accepted = Они ждали согласия участника, и он согласился.
why-opened-time = Они ждали до { $at }.
why-repaid = Раньше долг был { points }; после этого { $left }.
why-by-hand = Вручную, всего { points }, кто: { $by }.
why-challenge = Испытание «{ $name }»: сейчас { $is } из { $goal }, раньше { $was }.
why-challenge-with-start = Испытание «{ $name }»: сейчас { $is } из { $goal }, раньше { $was }; { $start } дано в начале.
why-challenge-tier = Испытание «{ $name }» даёт уровень { $tier } до { $until }.
why-challenge-tier-ends = Испытание «{ $name }» больше не выполнено: его уровень { $tier } заканчивается.
why-challenge-multiplier = Испытание «{ $name }» умножает основные баллы на { $factor } до { $until }.
why-challenge-multiplier-ends = Испытание «{ $name }» больше не выполнено: основные баллы больше не умножаются на { $factor }.
why-claimed = Награда «{ $name }» стоит { points }.
why-claim-cancelled = Награда «{ $name }» отменена: возвращается { points }.
why-merged = Участник оказался участником { $member }: всё переходит туда.
why-absorbed = { $member } оказался этим участником: всё переходит сюда.
why-unmerged = { $member } снова сам по себе: остаток его баллов возвращается.
why-restored = Участник снова сам по себе: остаток его баллов возвращается от { $member }.
why-reactivated = Сгоревшие баллы возвращены вручную.
why-brought = Они были в прежней программе и перенесены оттуда.
why-from-order = Баллы пришли по правилу «{ $rule }» за заказ { $order }.
why-from-rule = Баллы пришли по правилу «{ $rule }».
why-percent-back = Возвращается { $percent } % от { $amount }; { $each } баллов стоят { $per }: { points }.
why-times = Ничего: правило действует в другие дни недели или часы, а это было { $at }.
why-not-segment = Ничего: правило не распространяется на сегмент { $segments }.
why-not-nth = Ничего: правило для покупки номер { $nth }, а это другая.
why-not-drawn = Ничего: это сюрприз для одной из { $in }, и он выпал другой.
why-store = Ничего: правило для { $stores }, а заказ не оттуда.
why-channel = Ничего: правило для заказов через { $channels }, а этот пришёл иначе.
why-small-order = Ничего: правило для заказов от { $least }, а этот меньше.
why-condition = Ничего: условие `{ $condition }` не выполнено.
why-condition-unknown = Ничего: условие `{ $condition }` спрашивает о том, что неизвестно.
why-better-in-group = Ничего: из правил группы «{ $group }» действует только то, что даёт больше всего, и это другое.
why-stopped = Ничего: правило, которое идёт раньше, не даёт действовать другим.

# Чего не хватает до следующего уровня, кроме баллов.
orders = { $orders ->
    [one] { $orders } заказ
    [few] { $orders } заказа
    [many] { $orders } заказов
   *[other] { $orders } заказа
}

# Почему корзину нельзя оплатить большим числом баллов или код не действует.
limit-balance = можно потратить { points }
limit-day = сегодня можно потратить ещё { points }
limit-share = баллами оплачивается не больше { $percent } % заказа
limit-goods = баллами можно оплатить только часть товаров
limit-step = оплата кратна числу: { points }
limit-smallest = наименьшая оплата: { points }
not-allowed-spending-off = оплата баллами в программе выключена
not-allowed-on-hold = счёт приостановлен: баллы ждут, тратить нельзя
not-allowed-unaccepted = участник ещё не подтвердил участие: до этого баллы ждут
not-allowed-left = участник вышел из программы
not-allowed-too-small = оплата меньше наименьшей в программе
not-allowed-wrong-step = оплата не кратна шагу программы
not-allowed-other-goods = за эти товары можно заплатить не больше: { points }
not-allowed-enough-today = сегодня потрачено столько баллов, сколько один участник может за день
not-allowed-out-of-stock = закончилось
not-allowed-member-limit = участник получил всё, что может получить один участник
not-allowed-outside-dates = сейчас это не предлагается
not-allowed-other-members = это для других участников
not-allowed-code-used-up = код использован столько раз, сколько можно
not-allowed-no-steps = к дням, неделям и месяцам подряд и к месяцам участия шаги не добавляются
not-allowed-partners-only = код принимает партнёр своим ключом
refused-no-code = у этого участника нет кода `{ $code }`
