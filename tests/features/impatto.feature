# language: it
Funzionalità: L'impatto
  Lo stesso prodotto visto da chi lo riceve: le misure vengono da servizi diversi, ciascuna si confronta con il suo obiettivo e con lo stesso
  periodo dell'anno precedente. Qui la giacenza pesa 40, la quota entro 30 giorni 40, e 20 una misura ancora da definire.

  Scenario: Produzione e qualità si incontrano in un solo indice
    Dati i fatti di produzione:
      | sede | prodotto | periodo | pervenuto | definito | giacenza iniziale | giacenza finale |
      | A    | PENSIONI | 2020-01 | 100       | 60       | 10                | 50              |
      | A    | PENSIONI | 2021-01 | 100       | 110      | 50                | 40              |
    E i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | QUOTA  | 2020-01 | 50         | 100          |
      | A    | QUOTA  | 2021-01 | 55         | 100          |
    # La giacenza scende da 15 a 12 giorni: 120. La quota sale da 50 a 55: 110.
    Allora per la sede A nel 2021-01 l'impatto di TOTALE sull'anno precedente è 115,00 con copertura 80

  Scenario: Quel che manca lascia il suo peso agli altri
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | QUOTA  | 2020-01 | 50         | 100          |
      | A    | QUOTA  | 2021-01 | 55         | 100          |
    Allora per la sede A nel 2021-01 l'impatto di TOTALE sull'anno precedente è 110,00 con copertura 40
