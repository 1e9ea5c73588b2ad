entry-earned = { $name }
entry-taken-back = Tagasi võetud: { $name }
entry-owed = Juba kulutatud, võlgu: { $name }
entry-debt-repaid = Võlg tasutud
entry-adjusted = Käsitsi muudetud
entry-expired = Aegunud
entry-unaccepted = Õigeaegselt vastu võtmata
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
why-order = Tellimus { $order } ({ $status ->
    [placed] esitatud
    [paid] makstud
    [fulfilled] kätte toimetatud
    [cancelled] tühistatud
   *[other] { $status }
}), { $at }: kaupa { $total } eest pärast allahindlusi ja tagastusi.
why-event = { $kind ->
    [adjustment] Punkte lisati või võeti käsitsi
    [hold-made] Punktid pandi kõrvale
    [hold-captured] Punktidega maksti
    [hold-released] Kõrvale pandud punktid anti tagasi
    [points-reactivated] Aegunud punktid anti tagasi
    [reward-claimed] Hüve võeti
    [challenge-joined] Osaleb väljakutses
    [reward-given] Väljakutse hüve
    [points-converted] Punktid said kupongiks
    [claim-cancelled] Hüve anti tagasi
    [time-passed] Aeg möödus
    [birthday] Sünnipäev
    [member-left] Liikmesus muutus
    [member-restricted] Piirang muutus
    [member-merged] Liige osutus teiseks liikmeks
    [member-absorbed] Teine konto liideti sellega
    [member-unmerged] Konto läks taas omaette
    [member-restored] Konto on taas omaette
    [points-opening] Punktid eelmisest programmist
    [order-left] Tellimus osutus teise liikme omaks
    [tier-granted] Anti tase
    [member-joined] Liige liitus
    [member-accepted] Liige nõustus liikmeks olema
   *[other] Sündmus { $name }
}, { $at }.
why-judged = Hinnatud programmi v{ $version } järgi, reegel „{ $rule }“.
why-recorded = Selle otsustas programmi varasem versioon. Näidatakse, mis siis kirja pandi; uuesti ei arvutata.
why-exchanged = Ümber arvutatud: 1 { $currency } = { $rate } ({ $source }).
why-line = { $name }: arvesse läheb { $amount }.
why-line-times = { $name }: { $amount }, mis loeb punktide jaoks { $factor } korda: { $counts }.
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
why-reward = Preemia { $reward }, punkte kulutamata.
why-code-offer = Pakkumise { $offer } kood.
why-limited = Piirang või eelarve jätab { points } { $wanted }-st.
why-before = Enne seda seisis reegel { $stood } peal, nüüd { $stands } peal.
why-counts = { points }, arvestatud alates { $at }.
why-ends = Need punktid lõpevad { $at }.

why-not-paid = Veel mitte midagi: punkte annab ainult makstu ja see tellimus pole makstud.
why-cancelled = Tellimus tühistati: see ei teeni midagi.
why-returned-all = Tellimus tagastati tervikuna: sellest pole midagi alles.
why-from-before = Tellimus pärineb ajast enne seda programmi: selle punktid tulid algsaldoga.
why-not-a-member = Tellimus tehti enne, kui liige programmiga liitus, ja punkte saavad ainult liikmed: see ei loe midagi.
why-another-members = Tellimus osutus teise liikme omaks: siin loetakse see tühistatuks.
why-dates = Mitte midagi: reegel kehtib { $from } kuni { $until }, see oli { $at }.
why-tier = Mitte midagi: reegel on tasemele { $tiers }, liige oli tasemel { $tier }.
why-segment = Mitte midagi: reegel on segmendile { $segments }, liige ei kuulunud sinna.
why-not-first = Mitte midagi: see pole esimene ost.
why-other-goods = Mitte midagi: reegel on kaupadele { $categories }, nende hulgas selliseid pole.
why-all-excluded = Mitte midagi: need kaubad ei teeni kunagi punkte.
why-nothing-left = Mitte midagi: ostetust pole alles midagi, mis midagi maksab.
why-too-little = Mitte midagi: see on vähem kui üks täissumma.
why-no-base = Mitte midagi: neil kaupadel pole punkte, mida korrutada.
why-not-again = Seisab { points } peal: mis varem loobuti või vabanes, seda teist korda ei anta (kokku { $wanted }).
why-unknown-event = Mitte midagi: ükski reegel ei anna punkte sündmuse { $kind } eest.
why-line-returned = { $name }: tagastatud.
why-line-free = { $name }: ei maksa midagi.
why-base = Põhja annab „{ $rule }“: { points } summa { $amount } eest; neist langeb nendele kaupadele { $share }.
why-cap = Selle reegli piir, { $most ->
    [one] { $most } punkt
   *[other] { $most } punkti
} { $period ->
    [day] päevas
    [week] nädalas
    [month] kuus
    [year] aastas
   *[lifetime] kokku
}, on täis.
why-cap-of-all = Kõigi reeglite ühine piir, { $most ->
    [one] { $most } punkt
   *[other] { $most } punkti
} { $period ->
    [day] päevas
    [week] nädalas
    [month] kuus
    [year] aastas
   *[lifetime] kokku
}, on täis.
why-budget = Selle reegli eelarve kõigi liikmete peale, { $most ->
    [one] { $most } punkt
   *[other] { $most } punkti
}, on otsas.
why-left = Liige on programmist lahkunud ega teeni enam midagi.
why-paid-with = { points } maksis osa sellest; neist anti tagasi { $back }.
why-held = Selle punktid ootavad inimese otsust.
why-set-aside = Kokku on kõrvale pandud { points }, reserv { $hold }, kuni { $until }.
why-for-order = Tellimuse { $order } jaoks.
why-released = Reserv { $hold } anti tagasi.
why-released-rest = Kõrvale pandud { $held } punktist maksti { points }; ülejäänu läheb tagasi.
why-released-cancelled = Tellimus { $order } tühistati: selle jaoks kõrvale pandu läheb tagasi.
why-released-ended = Sellega ei makstud: reserv lõppes ise { $at }.
why-captured = Reserv { $hold } sai makseks.
why-paid = Kokku maksab tellimust { $order } { points } (reserv { $hold }).
why-paid-again = Tellimusest { $order } on tagastatud vähem, kui varem öeldi: tagasi antu maksab uuesti.
why-returned-cancelled = Tellimus { $order } tühistati: kõik maksnud { points } lähevad tagasi.
why-returned-whole = Tellimus { $order } tagastati tervikuna: kõik maksnud { points } lähevad tagasi.
why-returned-share = Osa tellimusest { $order } tagastati, alles on { $left }: makstud { points }, neist tagasi { $back }.
why-expired = Neid sai kasutada { $from } kuni { $at }.
why-expired-at = Neid sai kasutada kuni { $at }.
why-not-activated = Punktid ootasid ja oodatu ei tulnud { $at } seisuga.
why-not-accepted = Need ootasid liikme nõusolekut, mida { $at } ajaks ei tulnud.
why-in-time = See, mida punktid ootasid, tuli õigel ajal ja sellest teatati hiljem: need on tagasi.
why-left-ends = Liige lahkus programmist: kõik punktid lõpevad ja kõrvale pandu antakse tagasi.
why-opened-event = Need ootasid sündmust { $kind } ja see tuli.
why-opened-lifted = Need ootasid inimese otsust või piirangu lõppu.
why-accepted = Need ootasid liikme nõusolekut, ja see on antud.
why-opened-time = Need ootasid kuni { $at }.
why-repaid = Enne oli võlgu { points }; pärast seda { $left }.
why-by-hand = Käsitsi, kokku { points }, tegi { $by }.
why-challenge = Väljakutse „{ $name }“: nüüd { $is } / { $goal }, enne { $was }.
why-challenge-with-start = Väljakutse „{ $name }“: nüüd { $is } / { $goal }, enne { $was }, neist { $start } anti alguses kaasa.
why-challenge-tier = Väljakutse „{ $name }“ annab taseme { $tier } kuni { $until }.
why-challenge-tier-ends = Väljakutse „{ $name }“ ei ole enam täidetud: selle tase { $tier } lõpeb.
why-challenge-multiplier = Väljakutse „{ $name }“ korrutab põhipunktid arvuga { $factor } kuni { $until }.
why-challenge-multiplier-ends = Väljakutse „{ $name }“ ei ole enam täidetud: põhipunkte enam arvuga { $factor } ei korrutata.
why-claimed = Hüve „{ $name }“ maksab { points }.
why-claim-cancelled = Hüve „{ $name }“ tühistati: { points } läheb tagasi.
why-merged = Liige osutus liikmeks { $member }: kõik liigub sinna.
why-absorbed = { $member } osutus selleks liikmeks: kõik tuleb siia.
why-unmerged = { $member } läheb taas omaette: alles jäänud punktid lähevad tagasi.
why-restored = Liige on taas omaette: alles jäänud punktid tulevad tagasi liikmelt { $member }.
why-reactivated = Aegunud punktid anti käsitsi tagasi.
why-brought = Need olid eelmises programmis ja toodi sealt kaasa.
why-from-order = Punktid tulid reegli „{ $rule }“ järgi tellimuse { $order } eest.
why-from-rule = Punktid tulid reegli „{ $rule }“ järgi.
why-percent-back = { $percent } % summast { $amount } tuleb tagasi; { $each } punkti on väärt { $per }: { points }.
why-times = Mitte midagi: reegel kehtib teistel nädalapäevadel või kellaaegadel, see oli { $at }.
why-not-segment = Mitte midagi: reegel jätab välja segmendi { $segments }.
why-not-nth = Mitte midagi: reegel on ostu number { $nth } jaoks ja see on teine ost.
why-not-drawn = Mitte midagi: see on üllatus ühele ostule { $in } hulgast ja sattus teisele.
why-store = Mitte midagi: reegel kehtib poes { $stores } ja tellimus on mujalt.
why-channel = Mitte midagi: reegel kehtib kanalis { $channels } ja see tuli teisiti.
why-small-order = Mitte midagi: reegel kehtib tellimustele alates { $least } ja see on väiksem.
why-condition = Mitte midagi: tingimus `{ $condition }` ei kehti.
why-condition-unknown = Mitte midagi: tingimus `{ $condition }` küsib midagi, mis pole teada.
why-better-in-group = Mitte midagi: rühma „{ $group }“ reeglitest loeb ainult see, mis annab kõige rohkem, ja see on teine.
why-stopped = Mitte midagi: eespool olev reegel ei lase teistel anda.

# Mida on järgmise tasemeni puudu, peale punktide.
orders = { $orders ->
    [one] { $orders } tellimus
   *[other] { $orders } tellimust
}

# Miks ostukorvi ei saa rohkemate punktidega maksta või kood ei kehti.
limit-balance = kasutada saab { points }
limit-day = täna saab kasutada veel { points }
limit-share = punktidega saab maksta kuni { $percent } % tellimusest
limit-goods = punktidega saab maksta ainult osa kaupade eest
limit-step = korraga makstav kogus jagub arvuga: { points }
limit-smallest = väikseim makse on { points }
not-allowed-spending-off = punktidega maksmine on programmis välja lülitatud
not-allowed-on-hold = konto on peatatud: punktid jäävad ootele ja maksta ei saa
not-allowed-unaccepted = liige ei ole veel liitumist kinnitanud: punktid ootavad seni
not-allowed-left = liige on programmist lahkunud
not-allowed-too-small = makse on väiksem kui programmi väikseim
not-allowed-wrong-step = makse ei jagu programmi sammuga
not-allowed-other-goods = nende kaupade eest saab maksta kuni { points }
not-allowed-enough-today = täna on kasutatud nii palju punkte, kui üks liige päevas võib
not-allowed-out-of-stock = otsas
not-allowed-member-limit = liige on saanud kõik, mida üks liige saada võib
not-allowed-outside-dates = praegu seda ei pakuta
not-allowed-other-members = see on teistele liikmetele
not-allowed-code-used-up = koodi on kasutatud nii sageli, kui seda tohib
not-allowed-no-steps = järjestikustele päevadele, nädalatele ja kuudele ning liikmeks oldud kuudele ei saa samme lisada
not-allowed-partners-only = koodi võtab vastu partner oma võtmega
refused-no-code = sellel liikmel pole koodi `{ $code }`
