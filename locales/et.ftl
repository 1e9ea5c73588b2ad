entry-earned = { $name }
entry-taken-back = Tagasi võetud: { $name }
entry-owed = Juba kulutatud, võlgu: { $name }
entry-debt-repaid = Võlg tasutud
entry-adjusted = Käsitsi muudetud
entry-expired = Aegunud
entry-opened = Nüüd kasutatav
entry-reserved = Makseks kõrvale pandud
entry-released = Kõrvale pandud, tagasi antud
entry-spent = Punktidega makstud
entry-returned = Punktidega makstud, tagasi antud
entry-reactivated = Aegunud punktid tagasi antud
entry-claimed = Hüve: { $name }
entry-claim-returned = Hüve tagastatud: { $name }
entry-moved-out = Viidud teisele kontole
entry-moved-in = Toodud teiselt kontolt
entry-brought = Kaasa toodud eelmisest programmist

points = { $points ->
    [one] { $points } punkt
   *[other] { $points } punkti
}
why-order = Tellimus { $order } ({ $status }), { $at }: kaupa { $total } eest pärast allahindlusi ja tagastusi.
why-event = Sündmus { $kind }, { $at }.
why-judged = Hinnatud programmi v{ $version } järgi, reegel „{ $rule }“.
why-recorded = Selle otsustas programmi varasem versioon. Näidatakse, mis siis kirja pandi; uuesti ei arvutata.
why-exchanged = Ümber arvutatud: 1 { $currency } = { $rate } ({ $source }).
why-nothing = Selles olekus ({ $status }) ei anna reegel midagi.
why-line = { $name }: arvesse läheb { $amount }.
why-line-excluded = { $name }: ei teeni kunagi punkte.
why-line-other = { $name }: ei kuulu selle reegli kaupade hulka.
why-per-amount = { $amount } sisaldab { $per } { $times ->
    [one] ühe korra
   *[other] { $times } korda
}; { $times } × { $each } = { points }.
why-multiply = Põhi { $base ->
    [one] { $base } punkt
   *[other] { $base } punkti
} × { $factor }: lisaks { points }.
why-fixed = Kindel summa: { points }.
why-limited = Piirang või eelarve jätab { points } { $wanted }-st.
why-before = Enne seda seisis reegel { $stood } peal, nüüd { $stands } peal.
why-counts = { points }, arvestatud alates { $at }.
why-ends = Need punktid lõpevad { $at }.
