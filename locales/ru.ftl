entry-earned = { $name }
entry-taken-back = Списано обратно: { $name }
entry-owed = Уже потрачено, долг: { $name }
entry-debt-repaid = Долг погашен
entry-adjusted = Изменено вручную
entry-expired = Сгорели
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
why-order = Заказ { $order } ({ $status }) от { $at }: товаров на { $total } после скидок и возвратов.
why-event = Событие { $kind } от { $at }.
why-judged = Оценено по программе v{ $version }, правило «{ $rule }».
why-recorded = Это решила более ранняя версия программы. Показано то, что было записано; заново не рассчитывается.
why-exchanged = Пересчитано из { $currency } по курсу { $rate } ({ $source }).
why-nothing = В этом состоянии ({ $status }) правило ничего не даёт.
why-line = { $name }: учитывается { $amount }.
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
why-limited = Лимит или бюджет оставляет { points } из { $wanted }.
why-before = До этого по правилу было { $stood }, теперь { $stands }.
why-counts = { points }, учтено с { $at }.
why-ends = Эти баллы сгорают { $at }.
