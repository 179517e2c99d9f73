# language: it
Funzionalità: I piani e i loro metodi
  Indicatori, pesi, tetti e regole sono scritti nel piano, e ogni anno può avere i suoi. Qui il piano "prova" vale dal 2020 al 2022; quello di
  nome "prova-2023" vale nel 2023, pesa diversamente, definisce un indicatore che prima era da definire, e tratta ciò che manca come il peggio.

  Scenario: L'anno di un piano misurato con il metodo di un altro, e segnato come tale
    Dati i fatti di qualità:
      | sede | misura   | periodo | numeratore | denominatore |
      | A    | TEMPO    | 2021-01 | 180        | 10           |
      | A    | QUOTA    | 2021-01 | 100        | 100          |
      | A    | ATTESA   | 2021-01 | 10         | 1            |
    # Tempo 110, attesa 100. La quota vale 125: con il tetto di 10 del proprio piano 110, con quello di 20 dell'altro 120.
    Allora per la sede A nel 2021 con il metodo di prova l'indice PENSIONATI sul budget è 108,00 con copertura 100,00
    E per la sede A nel 2021 il metodo di prova è in vigore
    E per la sede A nel 2021 con il metodo di prova-2023 l'indice PENSIONATI sul budget è 113,00 con copertura 100,00
    E per la sede A nel 2021 il metodo di prova-2023 è di un altro anno
    E per la sede A nel 2021 l'indice PENSIONATI sul budget è 108,00

  Scenario: Nel suo anno il piano nuovo è quello in vigore, il vecchio è di un altro anno
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2023-01 | 180        | 10           |
      | A    | QUOTA  | 2023-01 | 100        | 100          |
    Allora per la sede A nel 2023 il metodo di prova-2023 è in vigore
    E per la sede A nel 2023 il metodo di prova è di un altro anno
    E per la sede A nel 2023 l'indice PENSIONATI sul budget è 116,25
    E per la sede A nel 2023 con il metodo di prova l'indice PENSIONATI sul budget è 110,00 con copertura 80,00

  Scenario: Una misura che il piano di quel mese non conosce è rifiutata, nel mese del piano che la conosce entra
    Quando si trasmettono i fatti di qualità:
      | sede | misura        | periodo | numeratore | denominatore |
      | A    | TEMPO         | 2022-12 | 180        | 10           |
      | A    | CONVERSAZIONI | 2022-12 | 80         | 100          |
    Allora il lotto è rifiutato per "SUBJECT_UNKNOWN" alla riga 3 nella colonna misura
    Quando si trasmettono i fatti di qualità:
      | sede | misura        | periodo | numeratore | denominatore |
      | A    | CONVERSAZIONI | 2023-01 | 80         | 100          |
    Allora il lotto è accettato

  Scenario: Dove il piano lo dice, ciò che manca vale il peggio
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2023-01 | 180        | 10           |
    # La quota manca e ha un tetto di 20: vale 80 e pesa 50. L'attesa per sé dice altro, e lascia il suo peso. Il tempo vale 110 e pesa 30.
    Allora per la sede A nel 2023 l'indice I_QUOTA sul budget vale il peggio, 80,00
    E per la sede A nel 2023 l'indice I_ATTESA sul budget non ha valore
    E per la sede A nel 2023 l'indice PENSIONATI sul budget è 91,25
    E per la sede A nel 2023 l'indice PENSIONATI sul budget ha copertura 30,00

  Scenario: Di un'area in cui non si è misurato nulla non si dice il peggio: non si dice nulla
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2023-01 | 180        | 10           |
    Allora per la sede A nel 2023 l'indice UTENZA sul budget non ha valore
    E per la sede A nel 2023 l'indice PRODUZIONE sul budget è 91,25
    E per la sede A nel 2023 l'indice PRODUZIONE sul budget ha copertura 18,00

  Scenario: Anche nel valore pubblico
    Dati i fatti di qualità:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | TEMPO  | 2023-01 | 180        | 10           |
    # 60 pesa 110, 40 pesa 50.
    Allora per la sede A nel 2023 il valore pubblico è 86,00 con copertura 60,00

  Schema dello scenario: I pesi di chi sta sotto lo stesso nodo sommano a 100 esatti
    Dato il piano che nel file <file> ha al posto di "<riga>" la riga "<altra>"
    Allora il piano è rifiutato nel file <rifiuto> alla riga <numero> per la colonna <colonna>

    # Si indica la riga del nodo sotto cui non tornano.
    Esempi:
      | file                   | riga                                                                                                         | altra                                                                                                        | rifiuto           | numero | colonna   |
      | objectives.csv         | public_value.quota,public_value.index,Quote,indicator,,40,quality.quota,,                                    | public_value.quota,public_value.index,Quote,indicator,,39.99,quality.quota,,                                 | objectives.csv    | 2      | weighting |
      | quality_areas.csv      | UTENZA,PRODUZIONE,Customer care,40,,2,                                                                       | UTENZA,PRODUZIONE,Customer care,41,,2,                                                                       | quality_areas.csv | 2      | code      |
      | quality_indicators.csv | I_ATTESA,PENSIONATI,Attesa delle domande in giacenza,20,ATTESA,lower_is_better,,,,last,,,Nessuno dimenticato, | I_ATTESA,PENSIONATI,Attesa delle domande in giacenza,21,ATTESA,lower_is_better,,,,last,,,Nessuno dimenticato, | quality_areas.csv | 3      | code      |

  Schema dello scenario: Un piano che non torna non entra in servizio
    Dato il piano che nel file <file> ha al posto di "<riga>" la riga "<altra>"
    Allora il piano è rifiutato nel file <file> alla riga <numero> per la colonna <colonna>

    Esempi: Contro zero non c'è percentuale: la distanza deve essere assoluta
      | file                | riga                                              | altra                                     | numero | colonna |
      | targets.csv         | quality.tempo,REG_00_B,year,absolute,0,,absolute, | quality.tempo,REG_00_B,year,absolute,0,,, | 7      | value   |
      | quality_budgets.csv | I_CHIAMATE,2,,60,                                 | I_CHIAMATE,2,,0,                          | 8      | value   |

    Esempi: Uno strato ha un peso, e quelli di un campione sommano a 100
      | file              | riga                                   | altra                                  | numero | colonna |
      | survey_strata.csv | VOCE,UTENTI,ANZIANI,Oltre 40 anni,40,, | VOCE,UTENTI,ANZIANI,Oltre 40 anni,,,   | 3      | weight  |
      | survey_strata.csv | VOCE,UTENTI,ANZIANI,Oltre 40 anni,40,, | VOCE,UTENTI,ANZIANI,Oltre 40 anni,30,, | 2      | weight  |

    Esempi: Un'area ha tanti indicatori quanti ne dice la fonte
      | file              | riga                                   | altra                                  | numero | colonna    |
      | quality_areas.csv | UTENZA,PRODUZIONE,Customer care,40,,2, | UTENZA,PRODUZIONE,Customer care,40,,3, | 4      | indicators |

  Scenario: Il peggio ha bisogno di un tetto
    Dato il piano che nel file plan.toml ha al posto di "cap = "50"" la riga "# senza tetto"
    E il piano che nel file plan.toml ha al posto di "missing = "reweight"" la riga "missing = "worst""
    Allora il piano è rifiutato nel file plan.toml per la colonna missing
