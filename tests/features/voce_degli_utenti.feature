# language: it
Funzionalità: La voce degli utenti
  Le risposte alle indagini sono voti da 1 a 5. Il voto medio di un campione è la media dei suoi strati, ciascuno con il peso che il piano gli
  dà; l'intervallo è il voto medio più o meno 1,96 errori standard. Di chi risponde non si conserva nulla, e dove le risposte sono meno di dieci
  non si mostrano. Qui i giovani pesano 60, gli anziani 40.

  Scenario: Ogni strato conta per il suo peso, non per quante risposte ha dato
    # I giovani danno in media 3, gli anziani 5: 0,6 x 3 + 0,4 x 5. L'errore standard è 0,6 x la radice di 10/9 diviso 10: 0,2.
    Dati i fatti di qualità:
      | sede | misura                           | periodo | voto 1 | voto 2 | voto 3 | voto 4 | voto 5 |
      | A    | VOCE:UTENTI:GIOVANI:WEB:GLOBALE  | 2021-01 | 0      | 5      | 0      | 5      | 0      |
      | B    | VOCE:UTENTI:ANZIANI:SEDE:GLOBALE | 2021-02 | 0      | 0      | 0      | 0      | 1000   |
    Allora per la regione nel 2021 l'indagine VOCE:UTENTI:GLOBALE ha voto 3,80 tra 3,408 e 4,192

  Scenario: Quel che è troppo poco non si mostra, e il suo peso passa agli altri
    Dati i fatti di qualità:
      | sede | misura                           | periodo | voto 1 | voto 2 | voto 3 | voto 4 | voto 5 |
      | A    | VOCE:UTENTI:GIOVANI:WEB:GLOBALE  | 2021-01 | 0      | 5      | 0      | 5      | 0      |
      | B    | VOCE:UTENTI:ANZIANI:SEDE:GLOBALE | 2021-02 | 9      | 0      | 0      | 0      | 0      |
    Allora per la regione nel 2021 l'indagine VOCE:UTENTI:GLOBALE ha voto 3,00 tra 2,35 e 3,65
    E per la regione nel 2021 l'indagine VOCE:UTENTI:GLOBALE ha copertura 60,00
    E per la sede B nel 2021 l'indagine VOCE:UTENTI:GLOBALE non ha voto perché "meno di 10 risposte, qui o accanto: il piano non le mostra"

  Scenario: Una sede con poche risposte non si ottiene per differenza, togliendo le altre dalla regione
    # B ne ha quattro: con lei si nasconde la più piccola delle altre, C, e della regione meno A restano trentaquattro risposte.
    Dati i fatti di qualità:
      | sede | misura                          | periodo | voto 1 | voto 2 | voto 3 | voto 4 | voto 5 |
      | A    | VOCE:UTENTI:GIOVANI:WEB:GLOBALE | 2021-01 | 0      | 0      | 90     | 0      | 0      |
      | B    | VOCE:UTENTI:GIOVANI:WEB:GLOBALE | 2021-01 | 0      | 0      | 4      | 0      | 0      |
      | C    | VOCE:UTENTI:GIOVANI:WEB:GLOBALE | 2021-01 | 0      | 0      | 30     | 0      | 0      |
    Allora per la regione nel 2021 l'indagine VOCE:UTENTI:GLOBALE ha voto 3,00 tra 3,00 e 3,00
    E per la sede A nel 2021 l'indagine VOCE:UTENTI:GLOBALE ha voto 3,00 tra 3,00 e 3,00
    E per la sede B nel 2021 l'indagine VOCE:UTENTI:GLOBALE non ha voto perché "meno di 10 risposte, qui o accanto: il piano non le mostra"
    E per la sede C nel 2021 l'indagine VOCE:UTENTI:GLOBALE non ha voto perché "meno di 10 risposte, qui o accanto: il piano non le mostra"

  Scenario: Più risposte uguali, stesso voto, intervallo più stretto
    Dati i fatti di qualità:
      | sede | misura                          | periodo | voto 1 | voto 2 | voto 3 | voto 4 | voto 5 |
      | A    | VOCE:UTENTI:GIOVANI:WEB:GLOBALE | 2021-01 | 0      | 50     | 0      | 50     | 0      |
    Allora per la sede A nel 2021 l'indagine VOCE:UTENTI:GLOBALE ha voto 3,00 tra 2,80 e 3,20

  Schema dello scenario: Una risposta che non si può pesare non entra
    Quando si trasmettono i fatti di qualità:
      | sede | misura   | periodo   | voto 1 | voto 2 | voto 3 | voto 4 | voto 5   |
      | A    | <misura> | <periodo> | 0      | 5      | 0      | 5      | <voto 5> |
    Allora il lotto è rifiutato per "<motivo>" alla riga 2
    Esempi:
      | misura                            | periodo | voto 5 | motivo          |
      | ALTRA:UTENTI:GIOVANI:WEB:GLOBALE  | 2021-01 | 0      | SURVEY_UNKNOWN  |
      | VOCE:UTENTI:MEZZANI:WEB:GLOBALE   | 2021-01 | 0      | STRATUM_UNKNOWN |
      | VOCE:UTENTI:GIOVANI:FAX:GLOBALE   | 2021-01 | 0      | CHANNEL_UNKNOWN |
      | VOCE:UTENTI:GIOVANI:WEB:CORTESIA  | 2021-01 | 0      | FACTOR_UNKNOWN  |
      | VOCE:UTENTI:GIOVANI:WEB:GLOBALE   | 2020-12 | 0      | SURVEY_NOT_OPEN |
      | VOCE:UTENTI:GIOVANI:WEB:GLOBALE   | 2021-01 | -1     | NUMBER_NEGATIVE |

  Scenario: La stessa rilevazione non si conta due volte
    Dati i fatti di qualità:
      | sede | misura                          | periodo | voto 1 | voto 2 | voto 3 | voto 4 | voto 5 |
      | A    | VOCE:UTENTI:GIOVANI:WEB:GLOBALE | 2021-01 | 0      | 5      | 0      | 5      | 0      |
    Quando si trasmettono i fatti di qualità:
      | sede | misura                          | periodo | voto 1 | voto 2 | voto 3 | voto 4 | voto 5 |
      | A    | VOCE:UTENTI:GIOVANI:WEB:GLOBALE | 2021-01 | 0      | 5      | 0      | 5      | 0      |
    Allora il lotto è rifiutato per "ALREADY_RECORDED" alla riga 2

  Scenario: I quattro fattori e il giudizio globale sono voti distinti, e due campioni non si mescolano
    Dati i fatti di qualità:
      | sede | misura                          | periodo | voto 1 | voto 2 | voto 3 | voto 4 | voto 5 |
      | A    | VOCE:COVID:TUTTI:WEB:GLOBALE    | 2021-01 | 0      | 0      | 20     | 0      | 0      |
      | A    | VOCE:COVID:TUTTI:WEB:ACCESSO    | 2021-01 | 20     | 0      | 0      | 0      | 0      |
      | A    | VOCE:COVID:TUTTI:WEB:RISPOSTA   | 2021-01 | 0      | 20     | 0      | 0      | 0      |
      | A    | VOCE:COVID:TUTTI:WEB:CANALI     | 2021-01 | 0      | 0      | 0      | 20     | 0      |
      | A    | VOCE:COVID:TUTTI:WEB:FIDUCIA    | 2021-01 | 0      | 0      | 0      | 0      | 20     |
      | A    | VOCE:UTENTI:GIOVANI:WEB:GLOBALE | 2021-01 | 0      | 0      | 0      | 0      | 20     |
    Allora per la sede A nel 2021 l'indagine VOCE:COVID:GLOBALE ha voto 3,00 tra 3,00 e 3,00
    E per la sede A nel 2021 l'indagine VOCE:COVID:ACCESSO ha voto 1,00 tra 1,00 e 1,00
    E per la sede A nel 2021 l'indagine VOCE:COVID:RISPOSTA ha voto 2,00 tra 2,00 e 2,00
    E per la sede A nel 2021 l'indagine VOCE:COVID:CANALI ha voto 4,00 tra 4,00 e 4,00
    E per la sede A nel 2021 l'indagine VOCE:COVID:FIDUCIA ha voto 5,00 tra 5,00 e 5,00
    E per la sede A nel 2021 l'indagine VOCE:UTENTI:GLOBALE ha voto 5,00 tra 5,00 e 5,00

  Scenario: Dove è pubblicata solo la media non c'è intervallo
    Dati i fatti di qualità con provenienza pubblicata:
      | sede | misura | periodo | numeratore | denominatore |
      | A    | VOTO   | 2021    | 3,39       | 1            |
    Allora per la sede A nel 2021 l'indagine VOCE:STAMPATO:GLOBALE ha voto pubblicato 3,39 senza intervallo

  Scenario: Un voto fuori dalla scala da 1 a 5 non entra
    Quando si trasmettono i fatti di qualità:
      | sede | misura                          | periodo | voto 1 | voto 2 | voto 3 | voto 4 | voto 5 | voto 6 |
      | A    | VOCE:UTENTI:GIOVANI:WEB:GLOBALE | 2021-01 | 0      | 5      | 0      | 5      | 0      | 1      |
    Allora il lotto è rifiutato per "QUANTITY_UNKNOWN" alla riga 2

  Scenario: Un campione senza strati non ha pesi: le sue risposte non entrano
    Quando si trasmettono i fatti di qualità:
      | sede | misura                          | periodo | voto 1 | voto 2 | voto 3 | voto 4 | voto 5 |
      | A    | VOCE:STAMPATO:TUTTI:WEB:GLOBALE | 2021-01 | 0      | 5      | 0      | 5      | 0      |
    Allora il lotto è rifiutato per "STRATUM_UNKNOWN" alla riga 2 nella colonna misura

  Scenario: Una rilevazione ripetuta nello stesso lotto non entra
    Quando si trasmettono i fatti di qualità:
      | sede | misura                          | periodo | voto 1 | voto 2 | voto 3 | voto 4 | voto 5 |
      | A    | VOCE:UTENTI:GIOVANI:WEB:GLOBALE | 2021-01 | 0      | 5      | 0      | 5      | 0      |
      | A    | VOCE:UTENTI:GIOVANI:WEB:GLOBALE | 2021-01 | 0      | 5      | 0      | 5      | 0      |
    Allora il lotto è rifiutato per "KEY_REPEATED" alla riga 3

  Scenario: L'indagine interna chiede al personale, e una popolazione piccola che risponde in tanti dà più certezza
    # Rispondono 20 persone su 100: la varianza 20/19 diviso 20, per i quattro quinti che non hanno risposto; 1,96 volte la radice.
    Dati i fatti di qualità:
      | sede | misura                               | periodo | voto 1 | voto 2 | voto 3 | voto 4 | voto 5 |
      | A    | INTERNA:PERSONALE:TUTTI:RETE:GLOBALE | 2021-05 | 0      | 10     | 0      | 10     | 0      |
    Allora per la sede A nel 2021 l'indagine INTERNA:PERSONALE:GLOBALE ha voto 3,00 tra 2,60 e 3,40
    E per la sede A nel 2021 le indagini sono:
      | indagine | come                  | chi       |
      | VOCE     | rilevazione           | utenti    |
      | ADESSO   | risposta per risposta | utenti    |
      | INTERNA  | rilevazione           | personale |
    Quando si trasmettono i fatti di qualità:
      | sede | misura                               | periodo | voto 1 | voto 2 | voto 3 | voto 4 | voto 5 |
      | B    | INTERNA:PERSONALE:TUTTI:RETE:GLOBALE | 2021-05 | 101    | 0      | 0      | 0      | 0      |
    Allora il lotto è rifiutato per "ANSWERS_EXCEED_POPULATION" alla riga 2
