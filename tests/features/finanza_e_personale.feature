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

  Scenario: La quota dei lavoratori agili della regione è il rapporto tra le somme
    Dati i fatti di personale:
      | sede | misura     | periodo | valore |
      | A    | AGILI      | 2021-12 | 5      |
      | A    | DIPENDENTI | 2021-12 | 10     |
      | B    | AGILI      | 2021-12 | 9      |
      | B    | DIPENDENTI | 2021-12 | 90     |
    Allora per la regione nel 2021-12 l'indicatore workforce.agili ha consuntivo 14,00
