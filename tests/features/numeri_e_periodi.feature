# language: it
Funzionalità: I numeri e i periodi
  I pezzi sono interi, gli euro hanno due decimali, i punti omogeneizzati quattro. Rapporti, percentuali e indici si calcolano esatti e si
  arrotondano una volta sola, sulla pagina: due decimali, nessuno ai giorni. Un trimestre, un anno e un anno alla data sono intervalli di
  mesi; il tredicesimo mese esiste solo per la contabilità.

  Schema dello scenario: Un numero con più decimali di quanti ne ha la sua grandezza è rifiutato
    Quando si trasmettono i fatti di <dominio>:
      | sede | <che cosa> | periodo | <grandezza> |
      | A    | <codice>   | 2021-01 | <numero>    |
    Allora il lotto è rifiutato per "NUMBER_MALFORMED" alla riga 2 nella colonna <grandezza>

    Esempi:
      | dominio    | che cosa | codice   | grandezza | numero               |
      | produzione | prodotto | PENSIONI | pervenuto | 10,5                 |
      | produzione | prodotto | PENSIONI | pervenuto | 99999999999999999999 |
      | produzione | prodotto | PENSIONI | pervenuto | dieci                |
      | finanza    | voce     | ENTRATE  | importo   | 10,005               |
      | personale  | misura   | AGILI    | valore    | 1,23456              |

  Scenario: I punti hanno i decimali del coefficiente
    Dati i fatti di produzione:
      | sede | prodotto | periodo | pervenuto | definito | giacenza iniziale | giacenza finale |
      | A    | BONUS    | 2021-01 | 3         | 3        | 0                 | 0               |
      | A    | PENSIONI | 2021-01 | 1         | 1        | 0                 | 0               |
    Allora per la sede A nel 2021 l'indicatore production.homogenised_points ha consuntivo 2,2500

  Scenario: Un euro si paga al centesimo
    Dati i fatti di finanza:
      | sede | voce    | periodo | importo    |
      | A    | ENTRATE | 2021-01 | 1234567,89 |
      | B    | ENTRATE | 2021-01 | 0,02       |
    Allora per la regione nel 2021 l'indicatore finance.ieep ha consuntivo 1234567,91
    E nella pagina della finanza per la regione nel 2021 l'indicatore finance.ieep mostra consuntivo "1.234.567,91 €"

  Schema dello scenario: Sulla pagina si arrotonda allontanandosi dallo zero, con due decimali e i giorni senza
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | QUOTA  | 2021-01 | <definiti> | <tutti>      |
      | A    | TEMPO  | 2021-01 | <giorni>   | <pezzi>      |
    Allora nella pagina della qualità per la sede A nel 2021 l'indicatore quality.quota mostra consuntivo "<quota>"
    E nella pagina della qualità per la sede A nel 2021 l'indicatore quality.quota mostra scostamento "<scostamento>"
    E nella pagina della qualità per la sede A nel 2021 l'indicatore quality.tempo mostra consuntivo "<tempo>"

    # L'obiettivo della quota è 80. Tre casi a metà: 79,995 %, 80,005 % e 17,5 giorni.
    Esempi:
      | definiti | tutti | quota   | scostamento | giorni | pezzi | tempo     |
      | 15999    | 20000 | 80,00 % | -0,01 %     | 35     | 2     | 18 giorni |
      | 16001    | 20000 | 80,01 % | +0,01 %     | 349    | 20    | 17 giorni |
      | 80       | 100   | 80,00 % | 0,00 %      | 0      | 7     | 0 giorni  |

  Schema dello scenario: Un periodo è un intervallo di mesi
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | QUOTA  | 2021-01 | 10         | 100          |
      | A    | QUOTA  | 2021-03 | 60         | 100          |
      | A    | QUOTA  | 2021-04 | 90         | 100          |
    Allora per la sede A nel <periodo> l'indicatore quality.quota ha consuntivo <quota>

    Esempi:
      | periodo     | quota |
      | 2021-03     | 60,00 |
      | 2021-Q1     | 35,00 |
      | 2021-Q2     | 90,00 |
      | 2021-03-ytd | 35,00 |
      | 2021-04-ytd | 53,33 |
      | 2021        | 53,33 |

  Scenario: In un trimestre senza fatti non c'è misura
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | QUOTA  | 2021-01 | 10         | 100          |
    Allora per la sede A nel 2021-Q3 l'indicatore quality.quota non ha misura

  Scenario: Un fatto dell'anno intero non conta in un mese, perché nessuno sa quanto gliene spetta
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | QUOTA  | 2021    | 50         | 100          |
    Allora per la sede A nel 2021 l'indicatore quality.quota ha consuntivo 50,00
    E per la sede A nel 2021-12 l'indicatore quality.quota non ha misura

  Scenario: Il tredicesimo mese chiude l'anno della contabilità
    Dati i fatti di finanza:
      | sede | voce    | periodo | importo |
      | A    | ENTRATE | 2021-12 | 100     |
      | A    | ENTRATE | 2021-13 | 0,50    |
    Allora per la sede A nel 2021 l'indicatore finance.ieep ha consuntivo 100,50
    E per la sede A nel 2021-12-ytd l'indicatore finance.ieep ha consuntivo 100,00
    E per la sede A nel 2021-13 l'indicatore finance.ieep ha consuntivo 0,50

  Schema dello scenario: Il tredicesimo mese esiste solo per la contabilità
    Quando si trasmettono i fatti di <dominio>:
      | sede | <che cosa> | periodo | <grandezza> |
      | A    | <codice>   | 2021-13 | 1           |
    Allora il lotto è rifiutato per "PERIOD_MALFORMED" alla riga 2 nella colonna periodo

    Esempi:
      | dominio    | che cosa | codice   | grandezza |
      | produzione | prodotto | PENSIONI | pervenuto |
      | personale  | misura   | AGILI    | valore    |

  Scenario: Ogni numero si spiega fino ai fatti e al piano
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | QUOTA  | 2021-01 | 50         | 100          |
      | A    | QUOTA  | 2021-02 | 10         | 20           |
    Allora per la sede A nel 2021 l'indicatore quality.quota si spiega con:
      | che cosa                 | valore | da dove    |
      | Definiti entro 30 giorni | 50     | un calcolo |
      | Numeratore               | 60     | un calcolo |
      | Denominatore             | 120    | un calcolo |
      | Sede A, 2021-01          | 50     | un fatto   |
      | Sede A, 2021-02          | 20     | un fatto   |
      | Obiettivo                | 80     | il piano   |
