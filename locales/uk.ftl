entry-earned = { $name }
entry-taken-back = Списано назад: { $name }
entry-owed = Уже витрачено, борг: { $name }
entry-debt-repaid = Борг погашено
entry-adjusted = Змінено вручну
entry-expired = Згоріли
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
why-order = Замовлення { $order } ({ $status }) від { $at }: товарів на { $total } після знижок і повернень.
why-event = Подія { $kind } від { $at }.
why-judged = Оцінено за програмою v{ $version }, правило «{ $rule }».
why-recorded = Це вирішила попередня версія програми. Показано те, що було записано; наново не розраховується.
why-exchanged = Перераховано з { $currency } за курсом { $rate } ({ $source }).
why-nothing = У цьому стані ({ $status }) правило нічого не дає.
why-line = { $name }: враховується { $amount }.
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
why-limited = Ліміт або бюджет залишає { points } з { $wanted }.
why-before = До цього за правилом було { $stood }, тепер { $stands }.
why-counts = { points }, враховано з { $at }.
why-ends = Ці бали згорять { $at }.
