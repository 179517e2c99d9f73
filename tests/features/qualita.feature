# language: it
Funzionalità: Il cruscotto qualità
  Ogni indicatore elementare si confronta con il budget del cluster e con lo stesso periodo dell'anno precedente: 100 più lo
  scostamento. Un'area è la media ponderata dei suoi indicatori, l'indice sintetico quella delle aree.

  Scenario: La sede risponde al budget del proprio cluster
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2021-01 | 180        | 10           |
      | B    | TEMPO  | 2021-01 | 500        | 10           |
    Allora per la sede A nel 2021 l'indice I_TEMPO sul budget è 110,00
    E per la sede B nel 2021 l'indice I_TEMPO sul budget è 75,00

  Scenario: Sopra la sede si ricalcola da numeratori e denominatori, mai con la media delle percentuali
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | QUOTA  | 2021-01 | 9          | 10           |
      | B    | QUOTA  | 2021-01 | 45         | 90           |
    Allora per la regione nel 2021 l'indicatore quality.quota ha consuntivo 54,00

  Scenario: Il budget della regione è quello che le sue sedi avrebbero raggiunto insieme
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2021-01 | 180        | 10           |
      | B    | TEMPO  | 2021-01 | 420        | 10           |
    Allora per la regione nel 2021 l'indice I_TEMPO sul budget è 100,00
    E per la regione nel 2021 i contributi all'indice I_TEMPO sul budget sono:
      | struttura | contributo |
      | A         | 3,33       |
      | B         | -3,33      |

  Scenario: Una sede senza budget conta nella misura ma non nel confronto
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2021-01 | 180        | 10           |
      | C    | TEMPO  | 2021-01 | 900        | 30           |
    Allora per la regione nel 2021 l'indice I_TEMPO sul budget è 110,00
    E per la regione nel 2021 l'indice I_TEMPO sul budget ha copertura 25,00
    E per la sede C nel 2021 l'indice I_TEMPO sul budget manca perché "manca l'obiettivo di budget"

  Scenario: L'anno precedente è lo stesso periodo di un anno prima
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2020-03 | 250        | 10           |
      | A    | TEMPO  | 2020-11 | 900        | 10           |
      | A    | TEMPO  | 2021-03 | 200        | 10           |
    Allora per la sede A nel 2021-03 l'indice I_TEMPO sull'anno precedente è 120,00
    E per la sede A nel 2021-02 l'indice I_TEMPO sull'anno precedente non ha valore

  Scenario: Chi fa come l'anno prima vale esattamente 100
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2020-03 | 100        | 7            |
      | A    | TEMPO  | 2021-03 | 100        | 7            |
    Allora per la sede A nel 2021 l'indice I_TEMPO sull'anno precedente è 100,00

  Scenario: Un indicatore che manca lascia il suo peso agli altri, e la copertura lo dichiara
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2021-01 | 180        | 10           |
      | A    | ATTESA | 2021-01 | 11         | 1            |
    # 50 pesa 110, 20 pesa 90, il 30 della quota manca.
    Allora per la sede A nel 2021 l'indice PENSIONATI sul budget è 104,29
    E per la sede A nel 2021 l'indice PENSIONATI sul budget ha copertura 70,00
    E per la sede A nel 2021 l'indice PRODUZIONE sul budget ha copertura 42,00

  Scenario: Un indicatore ancora da definire pesa e abbassa la copertura
    Dati i fatti di qualità:
      | sede | misura   | periodo | numeratore | denominatore |
      | A    | CHIAMATE | 2021-01 | 55         | 100          |
    Allora per la sede A nel 2021 l'indice UTENZA sul budget è 110,00
    E per la sede A nel 2021 l'indice UTENZA sul budget ha copertura 50,00
    E per la sede A nel 2021 l'indice I_DOMANI sul budget manca perché "indicatore da definire dall'istituto"

  Scenario: L'indice sintetico pesa le aree, ciascuna con quello che vi si misura
    Dati i fatti di qualità:
      | sede | misura   | periodo | numeratore | denominatore |
      | A    | TEMPO    | 2021-01 | 180        | 10           |
      | A    | QUOTA    | 2021-01 | 80         | 100          |
      | A    | ATTESA   | 2021-01 | 10         | 1            |
      | A    | CHIAMATE | 2021-01 | 55         | 100          |
    # Pensionati: 50 pesa 110, 30 e 20 pesano 100. Utenza: 110, e la metà è ancora da definire.
    Allora per la sede A nel 2021 l'indice PENSIONATI sul budget è 105,00
    E per la sede A nel 2021 l'indice UTENZA sul budget è 110,00
    E per la sede A nel 2021 l'indice PRODUZIONE sul budget è 107,00
    E per la sede A nel 2021 l'indice PRODUZIONE sul budget ha copertura 80,00

  Scenario: Pochi casi che il piano segnala senza escluderli contano
    Dati i fatti di qualità:
      | sede | misura   | periodo | numeratore | denominatore |
      | A    | CHIAMATE | 2021-01 | 11         | 20           |
    Allora per la sede A nel 2021 l'indice I_CHIAMATE sul budget è 110,00

  Scenario: Troppi pochi casi per dire qualcosa
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | QUOTA  | 2021-01 | 29         | 29           |
    Allora per la sede A nel 2021 l'indice I_QUOTA sul budget manca perché "solo 29 casi, meno di 30: il piano lo esclude"

  Scenario: L'attesa si legge nell'ultimo mese, non si somma
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | ATTESA | 2021-01 | 90         | 1            |
      | A    | ATTESA | 2021-02 | 8          | 1            |
    Allora per la sede A nel 2021 l'indice I_ATTESA sul budget è 120,00

  Scenario: Il tetto dell'indicatore limita il vantaggio
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | QUOTA  | 2021-01 | 100        | 100          |
    Allora per la sede A nel 2021 l'indice I_QUOTA sul budget è 110,00

  Scenario: Fare come prima, ma dove si è più bravi si lavora di più: tutto effetto composizione
    Dati i fatti di qualità:
      | sede | misura   | periodo | numeratore | denominatore |
      | A    | CHIAMATE | 2020-01 | 90         | 100          |
      | B    | CHIAMATE | 2020-01 | 70         | 100          |
      | A    | CHIAMATE | 2021-01 | 180        | 200          |
      | B    | CHIAMATE | 2021-01 | 70         | 100          |
    Allora per la regione nel 2021 l'indice I_CHIAMATE sull'anno precedente è 104,17
    E per la regione nel 2021 i contributi all'indice I_CHIAMATE sull'anno precedente sono:
      | struttura | contributo | proprio | composizione |
      | A         | 2,08       | 0,00    | 2,08         |
      | B         | 2,08       | 0,00    | 2,08         |

  Schema dello scenario: Alla porta si rifiuta ciò che non può essere
    Quando si trasmettono i fatti di qualità:
      | sede | misura   | periodo   | numeratore   | denominatore   |
      | A    | <misura> | <periodo> | <numeratore> | <denominatore> |
    Allora il lotto è rifiutato per "<motivo>" alla riga 2

    Esempi:
      | misura | periodo | numeratore | denominatore | motivo             |
      | TEMPO  | 2021-01 | 5          | 0            | DENOMINATOR_ZERO   |
      | QUOTA  | 2021-01 | 6          | 5            | PART_EXCEEDS_WHOLE |
      | TEMPO  | 2021-01 | -3         | 5            | NUMBER_NEGATIVE    |
      | TEMPO  | 2021-01 | 5          |              | QUANTITY_MISSING   |
      | TEMPO  | 2021-13 | 5          | 5            | PERIOD_MALFORMED   |
      | VOTO   | 2021-01 | 26         | 5            | MARK_OUT_OF_RANGE  |
      | MISURA | 2021-01 | 5          | 5            | SUBJECT_UNKNOWN    |
      | TEMPO  | 2019-12 | 5          | 5            | NO_PLAN            |

  Scenario: Il risultato si legge come distanza da 100: positiva se il servizio migliora
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2020-01 | 250        | 10           |
      | A    | QUOTA  | 2020-01 | 80         | 100          |
      | A    | TEMPO  | 2021-01 | 180        | 10           |
      | A    | QUOTA  | 2021-01 | 76         | 100          |
    # Sul budget tempo +10 e quota -5, con pesi 50 e 30. Sull'anno prima tempo +28 e quota -5.
    Allora per la sede A nel 2021 l'indice PENSIONATI sul budget ha scostamento 4,38
    E per la sede A nel 2021 l'indice PENSIONATI sull'anno precedente ha scostamento 15,63
    E per la sede A nel 2021 l'indice I_QUOTA sul budget ha scostamento -5,00

  Scenario: Un'altra sezione ha i suoi cluster: la stessa sede vi risponde a un altro budget
    # Nelle aree di produzione A e B stanno in due cluster; agli sportelli nello stesso.
    Dati i fatti di qualità:
      | sede | misura    | periodo | numeratore | denominatore |
      | A    | SPORTELLO | 2021-01 | 80         | 10           |
      | B    | SPORTELLO | 2021-01 | 80         | 10           |
    Allora per la sede A nel 2021 l'indice SPORTELLI sul budget è 120,00
    E per la sede B nel 2021 l'indice SPORTELLI sul budget è 120,00
    E per la sede A nel 2021 l'indice PRODUZIONE sul budget non ha valore
