//! How messages are read off the wire.

use std::marker::PhantomData;

use prost::{Message, bytes::Buf};
use tonic::{
    Status,
    codec::{Codec, DecodeBuf, Decoder},
};
use tonic_prost::ProstEncoder;

/// Reads each message from one piece of memory: number by number, which is how columns come, that takes much less time than through a buffer that
/// could be in several.
#[derive(Debug, Clone)]
pub(crate) struct InOnePiece<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for InOnePiece<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T: Message + 'static, U: Message + Default + 'static> Codec for InOnePiece<T, U> {
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = Reader<U>;

    fn encoder(&mut self) -> ProstEncoder<T> {
        ProstEncoder::default()
    }

    fn decoder(&mut self) -> Reader<U> {
        Reader(PhantomData)
    }
}

/// Reads messages of a kind.
#[derive(Debug, Clone)]
pub(crate) struct Reader<U>(PhantomData<U>);

impl<U: Message + Default> Decoder for Reader<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, buf: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        // What has arrived lies in one piece already, so nothing is copied.
        let whole = buf.copy_to_bytes(buf.remaining());
        let read = U::decode(whole.as_ref());
        read.map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
