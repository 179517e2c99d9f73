# language: it
Funzionalità: L'efficacia economica e il personale

  Scenario: Gli interessi legali entrano con il segno meno, e meno se ne paga meglio è
    Dati i fatti di finanza:
      | sede | voce      | periodo | importo |
      | A    | ENTRATE   | 2021-03 | 1000    |
      | A    | INDEBITI  | 2021-03 | 500,50  |
      | A    | INTERESSI | 2021-03 | 150     |
    Allora per la sede A nel 2021 l'indicatore finance.ieep ha consuntivo 1350,50
    E per la sede A nel 2021 l'indicatore finance.interessi ha scostamento 25,00

  Scenario: Una rettifica passa per un anno chiuso con il suo motivo, e la chiusura resta com'era
    Dati i fatti di finanza:
      | sede | voce      | periodo | importo |
      | A    | ENTRATE   | 2020-11 | 1000    |
      | A    | INTERESSI | 2020-12 | 150     |
    E la finanza chiude il 2020 con il nome "2020-provvisorio"
    Quando si trasmettono i fatti di finanza:
      | sede | voce      | periodo | importo |
      | A    | INTERESSI | 2020-12 | 120,50  |
    Allora il lotto è rifiutato per "PERIOD_CLOSED" alla riga 2
    Quando si trasmettono i fatti di finanza per "ricalcolo della sede":
      | sede | voce      | periodo | importo |
      | A    | INTERESSI | 2020-12 | 120,50  |
      | B    | INDEBITI  | 2020-13 | 40      |
    Allora il lotto è accettato
    E per la regione nel 2020 l'indicatore finance.ieep ha consuntivo 919,50
    E alla chiusura "2020-provvisorio" per la regione nel 2020 l'indicatore finance.ieep ha consuntivo 850,00
    E per la regione nel 2020 le rettifiche dalla chiusura "2020-provvisorio" sono:
      | voce      | prima  | dopo   | effetto | motivo               |
      | INTERESSI | 150,00 | 120,50 | 29,50   | ricalcolo della sede |
      | INDEBITI  |        | 40,00  | 40,00   | ricalcolo della sede |

  Scenario: La quota dei lavoratori agili della regione è il rapporto tra le somme
    Dati i fatti di personale:
      | sede | misura     | periodo | valore |
      | A    | AGILI      | 2021-12 | 5      |
      | A    | DIPENDENTI | 2021-12 | 10     |
      | B    | AGILI      | 2021-12 | 9      |
      | B    | DIPENDENTI | 2021-12 | 90     |
    Allora per la regione nel 2021-12 l'indicatore workforce.agili ha consuntivo 14,00
