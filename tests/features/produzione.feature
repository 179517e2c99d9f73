# language: it
Funzionalità: La contabilità della produzione
  I fatti sono pezzi; i punti omogeneizzati sono pezzi per il coefficiente valido nel mese.

  Scenario: I punti usano il coefficiente del mese, e una revisione non tocca i mesi prima
    Dati i fatti di produzione:
      | sede | prodotto | periodo | pervenuto | definito | giacenza iniziale | giacenza finale |
      | A    | PENSIONI | 2021-06 | 10        | 10       | 0                 | 0               |
      | A    | PENSIONI | 2021-07 | 10        | 10       | 0                 | 0               |
    Allora per la sede A nel 2021-06 l'indicatore production.homogenised_points ha consuntivo 15
    E per la sede A nel 2021 l'indicatore production.homogenised_points ha consuntivo 35

  Scenario: L'indice di deflusso della regione è il rapporto tra le somme
    Dati i fatti di produzione:
      | sede | prodotto | periodo | pervenuto | definito | giacenza iniziale | giacenza finale |
      | A    | PENSIONI | 2021-01 | 10        | 5        | 0                 | 5               |
      | B    | PENSIONI | 2021-01 | 90        | 90       | 0                 | 0               |
    Allora per la sede A nel 2021 l'indicatore production.clearance_ratio ha consuntivo 0,50
    E per la regione nel 2021 l'indicatore production.clearance_ratio ha consuntivo 0,95

  Scenario: Ciò che non quadra è rifiutato
    Quando si trasmettono i fatti di produzione:
      | sede | prodotto | periodo | pervenuto | definito | giacenza iniziale | giacenza finale |
      | A    | PENSIONI | 2021-01 | 10        | 5        | 0                 | 6               |
    Allora il lotto è rifiutato per "BALANCE_MISSED" alla riga 2

  Scenario: Un lotto entra intero o non entra
    Quando si trasmettono i fatti di produzione:
      | sede | prodotto | periodo | pervenuto | definito | giacenza iniziale | giacenza finale |
      | A    | PENSIONI | 2021-01 | 10        | 5        | 0                 | 5               |
      | B    | NIENTE   | 2021-01 | 1         | 1        | 0                 | 0               |
    Allora il lotto è rifiutato per "SUBJECT_UNKNOWN" alla riga 3
    E per la sede A nel 2021 l'indicatore production.clearance_ratio non ha misura

  Scenario: Un progetto regionale pesa il 5 %, e quelli nazionali si riducono di tanto
    Dati i fatti di produzione:
      | sede | prodotto | periodo | definito |
      | A    | PROGETTO | 2021    | 70       |
      | B    | PROGETTO | 2021    | 50       |
      | B    | LOCALE   | 2021    | 80       |
    Allora per la regione nel 2021 l'indicatore production.progetto ha scostamento 20
    E per la regione nel 2021 l'indicatore production.progetti ha consuntivo 118

  Scenario: Lo scostamento di un progetto conta al più 50
    Dati i fatti di produzione:
      | sede | prodotto | periodo | definito |
      | A    | PROGETTO | 2021    | 300      |
    Allora per la regione nel 2021 l'indicatore production.progetto ha scostamento 200
    E per la regione nel 2021 l'indicatore production.progetti ha consuntivo 150
    E per la regione nel 2021 l'indicatore production.progetti ha copertura 95

  Scenario: La giacenza pesa di più quanto più è vecchia
    Dati i fatti di produzione:
      | sede | prodotto             | periodo | giacenza finale |
      | A    | PENSIONI             | 2021-03 | 10              |
      | A    | PENSIONI:age:GIOVANE | 2021-03 | 6               |
      | A    | PENSIONI:age:VECCHIA | 2021-03 | 4               |
    Allora per la sede A nel 2021-03 l'indicatore production.ponderata ha consuntivo 18
    E per la regione nel 2021-03 l'indicatore production.vecchia ha consuntivo 40

  Scenario: Le classi di anzianità devono dare tutta la giacenza
    Quando si trasmettono i fatti di produzione:
      | sede | prodotto             | periodo | giacenza finale |
      | A    | PENSIONI             | 2021-03 | 10              |
      | A    | PENSIONI:age:GIOVANE | 2021-03 | 6               |
      | A    | PENSIONI:age:VECCHIA | 2021-03 | 3               |
    Allora il lotto è rifiutato per "PARTS_MISSED" alla riga 3

  Scenario: Una rettifica passa per un trimestre chiuso con il suo motivo, e si distingue da quanto arriva dopo
    Dati i fatti di produzione:
      | sede | prodotto | periodo | pervenuto | definito | giacenza iniziale | giacenza finale |
      | A    | PENSIONI | 2022-03 | 10        | 6        | 0                 | 4               |
      | B    | PENSIONI | 2022-03 | 20        | 20       | 0                 | 0               |
    E la produzione chiude il 2022-Q1 con il nome "2022-I"
    Quando si trasmettono i fatti di produzione:
      | sede | prodotto | periodo | pervenuto | definito | giacenza iniziale | giacenza finale |
      | A    | PENSIONI | 2022-03 | 13        | 6        | 0                 | 7               |
    Allora il lotto è rifiutato per "PERIOD_CLOSED" alla riga 2
    Quando si trasmettono i fatti di produzione per "faldone ritrovato":
      | sede | prodotto | periodo | pervenuto | definito | giacenza iniziale | giacenza finale |
      | A    | PENSIONI | 2022-03 | 13        | 6        | 0                 | 7               |
    Allora il lotto è accettato
    E per la regione nel 2022-Q1 le rettifiche di produzione dalla chiusura "2022-I" sono:
      | sede | prodotto | mese    | quantità        | come        | prima | dopo | effetto | motivo            |
      | A    | PENSIONI | 2022-03 | pervenuto       | rettificato | 10    | 13   | 3       | faldone ritrovato |
      | A    | PENSIONI | 2022-03 | giacenza finale | rettificato | 4     | 7    | 3       | faldone ritrovato |
    E per la regione nel 2022 dalla chiusura "2022-I" il pervenuto di AREA passa da 30 a 33
    E alla chiusura "2022-I" per la sede A nel 2022-03 l'indicatore production.clearance_ratio ha consuntivo 0,60
    Dati i fatti di produzione:
      | sede | prodotto | periodo | pervenuto | definito | giacenza iniziale | giacenza finale |
      | B    | PENSIONI | 2022-04 | 5         | 5        | 0                 | 0               |
    Allora per la sede B nel 2022 le rettifiche di produzione dalla chiusura "2022-I" sono:
      | sede | prodotto | mese    | quantità          | come            | prima | dopo | effetto | motivo |
      | B    | PENSIONI | 2022-04 | pervenuto         | registrato dopo |       | 5    | 5       |        |
      | B    | PENSIONI | 2022-04 | definito          | registrato dopo |       | 5    | 5       |        |
      | B    | PENSIONI | 2022-04 | giacenza iniziale | registrato dopo |       | 0    | 0       |        |
      | B    | PENSIONI | 2022-04 | giacenza finale   | registrato dopo |       | 0    | 0       |        |
    E per la regione nel 2022 dalla chiusura "2022-I" il pervenuto di AREA passa da 30 a 38
