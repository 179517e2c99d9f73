# language: it
Funzionalità: Le convenzioni della misurazione
  Scostamenti, punteggi, tetto, arrotondamenti e dati mancanti valgono per ogni dominio allo stesso modo.
  Il piano è quello di prova, nella cartella "piano": la sede A è nel cluster 1, la B nel cluster 2, la C in nessuno.

  Scenario: Meglio se più basso: lo scostamento è positivo quando i giorni sono meno dell'obiettivo
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2021-01 | 180        | 10           |
    Allora per la sede A nel 2021 l'indicatore quality.tempo ha consuntivo 18
    E per la sede A nel 2021 l'indicatore quality.tempo ha obiettivo 20
    E per la sede A nel 2021 l'indicatore quality.tempo ha scostamento 10,00
    E per la sede A nel 2021 l'indicatore quality.tempo ha punteggio 110,00

  Schema dello scenario: Meglio se più alto, entro il tetto di 50
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | QUOTA  | 2021-05 | <definiti> | 100          |
    Allora per la sede A nel 2021 l'indicatore quality.quota ha scostamento <scostamento>
    E per la sede A nel 2021 l'indicatore quality.quota ha punteggio <punteggio>

    Esempi:
      | definiti | scostamento | punteggio |
      | 80       | 0,00        | 100,00    |
      | 84       | 5,00        | 105,00    |
      | 60       | -25,00      | 75,00     |
      | 20       | -75,00      | 50,00     |

  Scenario: Un obiettivo negativo: migliora chi perde di meno
    Dati i fatti di finanza:
      | sede | voce      | periodo | importo |
      | A    | ENTRATE   | 2021-02 | 50      |
      | A    | INTERESSI | 2021-02 | 100     |
      | A    | INDEBITI  | 2021-02 | 0       |
    Allora per la sede A nel 2021 l'indicatore finance.ieep ha consuntivo -50,00
    E per la sede A nel 2021 l'indicatore finance.ieep ha scostamento 50,00

  Scenario: Contro un obiettivo zero la distanza è assoluta, mai una percentuale
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | B    | TEMPO  | 2021-01 | 30         | 10           |
    Allora per la sede B nel 2021 l'indicatore quality.tempo ha scostamento -3,00
    E nella pagina della qualità per la sede B nel 2021 l'indicatore quality.tempo mostra scostamento "-3,00 giorni"

  Scenario: Un dato mancante non è mai zero
    Allora per la sede A nel 2021 l'indicatore quality.tempo non ha misura
    E per la sede A nel 2021 l'indicatore quality.tempo ha copertura 0,00

  Scenario: Si arrotonda una volta sola, quando si mostra, allontanandosi dallo zero
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | QUOTA  | 2021-01 | 1          | 8            |
      | A    | QUOTA  | 2021-02 | 2          | 3            |
    Allora per la sede A nel 2021-01 l'indicatore quality.quota ha consuntivo 12,50
    E per la sede A nel 2021-02 l'indicatore quality.quota ha consuntivo 66,67
    E per la sede A nel 2021-Q1 l'indicatore quality.quota ha consuntivo 27,27

  Scenario: Un indice a base 100 parte dal consuntivo dell'anno base
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | INDICE | 2020-12 | 80         | 1            |
      | A    | INDICE | 2021-12 | 82,4       | 1            |
    Allora per la sede A nel 2020 l'indicatore quality.base ha consuntivo 100,00
    E per la sede A nel 2021 l'indicatore quality.base ha consuntivo 103,00
    E per la sede A nel 2021 l'indicatore quality.base ha scostamento 0,00

  Scenario: Il valore pubblico è la media ponderata dei punteggi, e chi manca lascia il suo peso
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2021-01 | 180        | 10           |
    Allora per la sede A nel 2021 il valore pubblico è 110,00 con copertura 60,00
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | QUOTA  | 2021-01 | 60         | 100          |
    Allora per la sede A nel 2021 il valore pubblico è 96,00 con copertura 100,00

  Scenario: Chi sta sopra l'obiettivo compensa per intero chi sta sotto
    # 60 pesa 110, 40 pesa 85: la somma è di nuovo 100.
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2021-01 | 180        | 10           |
      | A    | QUOTA  | 2021-01 | 68         | 100          |
    Allora per la sede A nel 2021 il valore pubblico è 100,00 con copertura 100,00

  Schema dello scenario: Il tetto limita il punteggio in su come in giù, lo scostamento si mostra intero
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2021-01 | <giorni>   | 10           |
    Allora per la sede A nel 2021 l'indicatore quality.tempo ha scostamento <scostamento>
    E per la sede A nel 2021 l'indicatore quality.tempo ha punteggio <punteggio>
    E per la sede A nel 2021 l'indice I_TEMPO sul budget è <punteggio>

    Esempi:
      | giorni   | scostamento | punteggio |
      | 0        | 100,00      | 150,00    |
      | 99,9999  | 50,00005    | 150,00000 |
      | 100,0001 | 49,99995    | 149,99995 |
      | 300      | -50,00      | 50,00     |
      | 500      | -150,00     | 50,00     |

  Scenario: Realizzazione e scostamento sono due percentuali diverse, ciascuna con il suo nome
    Dati i fatti di produzione:
      | sede | prodotto | periodo | pervenuto | definito | giacenza iniziale | giacenza finale |
      | A    | BONUS    | 2021-01 | 4840      | 4840     | 0                 | 0               |
    Allora per la regione nel 2021 l'indicatore production.plan_realisation ha consuntivo 121,00
    E per la regione nel 2021 l'indicatore production.homogenised_points ha scostamento 21,00
    E nella pagina della produzione per la regione nel 2021 l'indicatore production.plan_realisation mostra consuntivo "121,00 %"
    E nella pagina della produzione per la regione nel 2021 l'indicatore production.homogenised_points mostra scostamento "+21,00 %"
