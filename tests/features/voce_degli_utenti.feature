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
