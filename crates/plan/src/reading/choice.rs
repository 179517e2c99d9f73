//! Words with a fixed meaning: kinds, periods, policies.

/// A type whose values are written as one of a few words.
pub(crate) trait Choice: Copy + 'static {
    /// Every value, in the order in which the words are listed to who wrote another.
    const CHOICES: &'static [Self];

    /// The word.
    fn word(self) -> &'static str;

    /// The value of a word.
    fn of_word(text: &str) -> Option<Self> {
        Self::CHOICES.iter().copied().find(|choice| choice.word() == text)
    }

    /// Every word, for a message.
    fn words() -> String {
        Self::CHOICES.iter().map(|choice| choice.word()).collect::<Vec<_>>().join(", ")
    }
}

/// Declares an enum whose values are written as words.
macro_rules! choices {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$inner])* $variant,)+
        }

        impl $name {
            /// The stable name in files.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl $crate::reading::Choice for $name {
            const CHOICES: &'static [Self] = &[$(Self::$variant),+];

            fn word(self) -> &'static str {
                self.code()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.code())
            }
        }
    };
}
pub(crate) use choices;
