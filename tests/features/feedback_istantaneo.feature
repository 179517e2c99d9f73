# language: it
Funzionalità: Il feedback istantaneo
  Chi ha ricevuto un servizio dà un voto, e il voto conta appena arriva. Ogni risposta ha un numero: chi non sa se è arrivata la rimanda, e
  conta una volta sola. Ciascuna è registrata o rifiutata per sé. Non si conserva chi l'ha data, né il giorno.

  Scenario: Una risposta dopo l'altra, il voto si aggiorna
    Quando arrivano le risposte:
      | numero | sede | argomento                        | mese    | voto | quante |
      | 1      | A    | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE | 2021-03 | 2    | 9      |
    Allora sono registrate 1 risposte, e 0 erano già note
    E per la sede A nel 2021 l'indagine ADESSO:UTENTI:GLOBALE non ha voto perché "meno di 10 risposte, qui o accanto: il piano non le mostra"
    Quando arrivano le risposte:
      | numero | sede | argomento                        | mese    | voto | quante |
      | 2      | A    | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE | 2021-03 | 2    | 1      |
    Allora per la sede A nel 2021 l'indagine ADESSO:UTENTI:GLOBALE ha voto 2,00 tra 2,00 e 2,00
    Quando arrivano le risposte:
      | numero | sede | argomento                        | mese    | voto | quante |
      | 3      | A    | ADESSO:UTENTI:TUTTI:WEB:GLOBALE  | 2021-04 | 4    | 10     |
    Allora per la sede A nel 2021 l'indagine ADESSO:UTENTI:GLOBALE ha voto 3,00 tra 2,55 e 3,45
    E per la sede A nel 2021-03 l'indagine ADESSO:UTENTI:GLOBALE ha voto 2,00 tra 2,00 e 2,00

  Scenario: Quel che si manda due volte conta una volta
    Quando arrivano le risposte:
      | numero | sede | argomento                        | mese    | voto | quante |
      | 1      | A    | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE | 2021-03 | 4    | 12     |
    E arrivano le risposte:
      | numero | sede | argomento                        | mese    | voto | quante |
      | 1      | A    | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE | 2021-03 | 4    | 12     |
      | 2      | A    | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE | 2021-03 | 4    | 1      |
    Allora sono registrate 1 risposte, e 1 erano già note
    E per la sede A nel 2021 l'indagine ADESSO:UTENTI:GLOBALE conta 13 risposte

  Scenario: Una risposta che non può essere non ferma le altre
    Quando arrivano le risposte:
      | numero | sede | argomento                        | mese    | voto | quante |
      | 1      | A    | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE | 2021-03 | 5    | 10     |
      | 2      | A    | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE | 2021-03 | 6    | 1      |
    Allora sono registrate 1 risposte, e 0 erano già note
    E la risposta 2 è rifiutata per "MARK_OUT_OF_RANGE" nel campo mark
    E per la sede A nel 2021 l'indagine ADESSO:UTENTI:GLOBALE conta 10 risposte

  Schema dello scenario: Una risposta che non può essere è rifiutata con il campo e il perché
    Quando arrivano le risposte:
      | numero   | sede | argomento   | mese   | voto   | quante   |
      | <numero> | A    | <argomento> | <mese> | <voto> | <quante> |
    Allora la risposta <numero> è rifiutata per "<motivo>" nel campo <campo>

    Esempi:
      | numero | argomento                         | mese    | voto | quante | motivo             | campo   |
      | 1      | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE  | 2021-03 | 0    | 1      | MARK_OUT_OF_RANGE  | mark    |
      | 1      | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE  | 2021-03 | 6    | 1      | MARK_OUT_OF_RANGE  | mark    |
      | 1      | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE  | 2021-03 | 3    | 0      | ANSWERS_MALFORMED  | answers |
      | 1      | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE  | 2022-01 | 3    | 1      | SURVEY_NOT_OPEN    | month   |
      | 1      | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE  | 2021-13 | 3    | 1      | PERIOD_MALFORMED   | month   |
      | 1      | ADESSO:UTENTI:GIOVANI:SEDE:GLOBALE | 2021-03 | 3    | 1      | STRATUM_UNKNOWN    | stratum |
      | 1      | ADESSO:TUTTI:TUTTI:SEDE:GLOBALE   | 2021-03 | 3    | 1      | SAMPLE_UNKNOWN     | sample  |
      | 1      | ADESSO:UTENTI:TUTTI:FAX:GLOBALE   | 2021-03 | 3    | 1      | CHANNEL_UNKNOWN    | channel |
      | 1      | ADESSO:UTENTI:TUTTI:SEDE:CORTESIA | 2021-03 | 3    | 1      | FACTOR_UNKNOWN     | factor  |
      | 1      | DOPO:UTENTI:TUTTI:SEDE:GLOBALE    | 2021-03 | 3    | 1      | SURVEY_UNKNOWN     | survey  |
      | 0      | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE  | 2021-03 | 3    | 1      | NUMBER             | number  |

  Scenario: Per togliere una risposta serve un motivo
    Quando arrivano le risposte:
      | numero | sede | argomento                        | mese    | voto | quante |
      | 1      | A    | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE | 2021-03 | 1    | 12     |
    E arrivano le risposte:
      | numero | sede | argomento                        | mese    | voto | quante |
      | 2      | A    | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE | 2021-03 | 1    | -1     |
    Allora la risposta 2 è rifiutata per "REASON_MISSING" nel campo answers
    Quando arrivano le risposte per "voto dato per errore":
      | numero | sede | argomento                        | mese    | voto | quante |
      | 2      | A    | ADESSO:UTENTI:TUTTI:SEDE:GLOBALE | 2021-03 | 1    | -1     |
    Allora per la sede A nel 2021 l'indagine ADESSO:UTENTI:GLOBALE conta 11 risposte
