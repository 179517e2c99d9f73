# language: it
Funzionalità: Gli incentivi
  L'incentivo ordinario chiede uno scostamento positivo dal budget. Lo speciale confronta con l'anno precedente, e quanto chiede dipende
  dall'indice dell'anno prima: da 100 in su basta uno scostamento positivo, o quello del cluster; da 90 a meno di 100 almeno quello del
  cluster; sotto 90 il dieci per cento in più. Il cluster è la sede A con la B della stessa regione, ricalcolato dai loro casi insieme.

  Schema dello scenario: L'ordinario si raggiunge sopra il budget, non sul budget
    Dati i fatti di qualità:
      | sede | misura    | periodo | numeratore | denominatore |
      | A    | SPORTELLO | 2022-01 | <giorni>   | 100          |
    Allora per la sede A nel 2022 l'incentivo ORDINARIO è <esito>

    Esempi:
      | giorni   | esito         |
      | 999,9999 | raggiunto     |
      | 1000     | non raggiunto |
      | 1100     | non raggiunto |

  # Nel 2020 aspettare costava 10 giorni: 11 nel 2021 fanno un indice dell'anno prima di 90, 11,001 di 89,99.
  Schema dello scenario: Ogni fascia dello speciale ha il suo bordo esatto
    Dati i fatti di qualità:
      | sede | misura    | periodo | numeratore | denominatore |
      | A    | SPORTELLO | 2020-01 | 1000       | 100          |
      | A    | SPORTELLO | 2021-01 | <prima>    | 100          |
      | B    | SPORTELLO | 2021-01 | <prima>    | 100          |
      | A    | SPORTELLO | 2022-01 | <ora>      | 100          |
      | B    | SPORTELLO | 2022-01 | <ora di B> | 100          |
    Allora per la sede A nel 2022 l'incentivo SPECIALE è <esito>
    E per la sede A nel 2022 l'incentivo SPECIALE chiede <chiesto>

    Esempi: Da 100 basta uno scostamento positivo, o quello del cluster se non lo è
      | prima  | ora    | ora di B | esito         | chiesto |
      | 1000   | 999,99 | 500      | raggiunto     | 0,00    |
      | 1000   | 1000   | 990      | non raggiunto | 0,00    |
      | 1000   | 1020   | 1020     | raggiunto     | -2,00   |
      | 1000   | 1020,1 | 1019,9   | non raggiunto | -2,00   |

    Esempi: Da 90 a meno di 100 almeno quello del cluster
      | prima  | ora    | ora di B | esito         | chiesto |
      | 1000,1 | 999,99 | 900      | non raggiunto | 5,01    |
      | 1100   | 1067   | 1067     | raggiunto     | 3,00    |
      | 1100   | 1067,1 | 1066,9   | non raggiunto | 3,00    |
      | 1100   | 990    | 990      | raggiunto     | 10,00   |

    Esempi: Sotto 90 il dieci per cento in più
      | prima  | ora      | ora di B  | esito         | chiesto |
      | 1100,1 | 990,09   | 990,09    | non raggiunto | 11,00   |
      | 1100,1 | 979,089  | 1001,091  | raggiunto     | 11,00   |
      | 1100,1 | 979,0891 | 1001,0909 | non raggiunto | 11,00   |

  Scenario: Quel che manca non decide: senza l'anno prima si può cadere in più fasce
    Dati i fatti di qualità:
      | sede | misura    | periodo | numeratore | denominatore |
      | A    | SPORTELLO | 2021-01 | 1100       | 100          |
      | B    | SPORTELLO | 2021-01 | 1100       | 100          |
      | A    | SPORTELLO | 2022-01 | 1067       | 100          |
      | B    | SPORTELLO | 2022-01 | 1067       | 100          |
    Allora per la sede A nel 2022 l'incentivo SPECIALE è non deciso

  Scenario: Chi è solo nel suo cluster non ha con chi confrontarsi
    Dati i fatti di qualità:
      | sede | misura    | periodo | numeratore | denominatore |
      | A    | SPORTELLO | 2020-01 | 1000       | 100          |
      | A    | SPORTELLO | 2021-01 | 1100       | 100          |
      | A    | SPORTELLO | 2022-01 | 1000       | 100          |
    Allora per la sede A nel 2022 l'incentivo SPECIALE è non deciso

  Scenario: L'esito è certo quanto il meno certo dei suoi dati, anche di un anno prima o di un'altra sede
    Dati i fatti di qualità:
      | sede | misura    | periodo | numeratore | denominatore |
      | A    | SPORTELLO | 2020-01 | 1000       | 100          |
      | A    | SPORTELLO | 2021-01 | 1100       | 100          |
      | A    | SPORTELLO | 2022-01 | 1067       | 100          |
      | B    | SPORTELLO | 2022-01 | 1067       | 100          |
    E i fatti di qualità con provenienza sintetica:
      | sede | misura    | periodo | numeratore | denominatore |
      | B    | SPORTELLO | 2021-01 | 1100       | 100          |
    Allora per la sede A nel 2022 l'incentivo SPECIALE è raggiunto
    E per la sede A nel 2022 l'incentivo SPECIALE ha provenienza sintetica
    E per la sede A nel 2022 l'incentivo ORDINARIO ha provenienza osservata
