//! Flatbuffers, as far as Arrow's metadata needs them. Every place is looked up within bounds when
//! it is asked for, so that metadata which lies is an error wherever it does. Source: the binary
//! format in FlatBuffers' "Internals".

/// What can be wrong, in words that follow "found".
pub(super) type Result<T> = std::result::Result<T, String>;

/// A table: fields by number, any of which may be left out.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where it says at which place each field is.
    places: usize,
    /// How many bytes those take.
    size: usize,
}

/// Things of the same width, one behind the other.
#[derive(Clone, Copy)]
pub(super) struct Vector<'a> {
    bytes: &'a [u8],
    start: usize,
    len: usize,
    width: usize,
}

impl<'a> Table<'a> {
    /// The table that the bytes are about.
    pub(super) fn root(bytes: &'a [u8]) -> Result<Self> {
        Self::new(bytes, follow(bytes, 0)?)
    }

    fn new(bytes: &'a [u8], at: usize) -> Result<Self> {
        let back = i64::from(i32::from_le_bytes(take(bytes, at)?));
        let places = i64::try_from(at).ok().and_then(|at| at.checked_sub(back));
        let places = places.and_then(|at| usize::try_from(at).ok()).ok_or_else(outside)?;
        let size = usize::from(u16::from_le_bytes(take(bytes, places)?));
        Ok(Self { bytes, at, places, size })
    }

    /// Where the field is, if it is there.
    fn place(&self, field: usize) -> Result<Option<usize>> {
        let slot = 4 + 2 * field;
        if slot + 2 > self.size {
            return Ok(None);
        }
        let offset = usize::from(u16::from_le_bytes(take(self.bytes, self.places + slot)?));
        Ok((offset > 0).then_some(self.at + offset))
    }

    fn fixed<const N: usize>(&self, field: usize) -> Result<Option<[u8; N]>> {
        self.place(field)?.map(|at| take(self.bytes, at)).transpose()
    }

    pub(super) fn byte(&self, field: usize) -> Result<u8> {
        Ok(self.fixed(field)?.map_or(0, |[byte]| byte))
    }

    pub(super) fn short(&self, field: usize, absent: i16) -> Result<i16> {
        Ok(self.fixed(field)?.map_or(absent, i16::from_le_bytes))
    }

    pub(super) fn int(&self, field: usize, absent: i32) -> Result<i32> {
        Ok(self.fixed(field)?.map_or(absent, i32::from_le_bytes))
    }

    pub(super) fn long(&self, field: usize) -> Result<i64> {
        Ok(self.fixed(field)?.map_or(0, i64::from_le_bytes))
    }

    pub(super) fn table(&self, field: usize) -> Result<Option<Table<'a>>> {
        let Some(at) = self.place(field)? else { return Ok(None) };
        Table::new(self.bytes, follow(self.bytes, at)?).map(Some)
    }

    /// The same where it must be there.
    pub(super) fn needed(&self, field: usize, what: &str) -> Result<Table<'a>> {
        self.table(field)?.ok_or_else(|| format!("metadata without {what}"))
    }

    pub(super) fn text(&self, field: usize) -> Result<&'a str> {
        let text = self.vector(field, 1)?;
        let text = &text.bytes[text.start..text.start + text.len];
        std::str::from_utf8(text).map_err(|_| "a name that is not UTF-8".to_owned())
    }

    /// Things of so many bytes each; none if the field is left out.
    pub(super) fn vector(&self, field: usize, width: usize) -> Result<Vector<'a>> {
        let Some(at) = self.place(field)? else {
            return Ok(Vector { bytes: &[], start: 0, len: 0, width });
        };
        let at = follow(self.bytes, at)?;
        let len = u32::from_le_bytes(take(self.bytes, at)?) as usize;
        let start = at + 4;
        let end = len.checked_mul(width).and_then(|size| start.checked_add(size));
        if end.is_none_or(|end| end > self.bytes.len()) {
            return Err(outside());
        }
        Ok(Vector { bytes: self.bytes, start, len, width })
    }
}

impl<'a> Vector<'a> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The number at a byte of the thing at `index`.
    pub(super) fn long(&self, index: usize, byte: usize) -> Result<i64> {
        take(self.bytes, self.place(index)? + byte).map(i64::from_le_bytes)
    }

    pub(super) fn int(&self, index: usize, byte: usize) -> Result<i32> {
        take(self.bytes, self.place(index)? + byte).map(i32::from_le_bytes)
    }

    /// The tables, where the things are offsets of them.
    pub(super) fn tables(self) -> impl Iterator<Item = Result<Table<'a>>> {
        (0..self.len)
            .map(move |index| Table::new(self.bytes, follow(self.bytes, self.place(index)?)?))
    }

    fn place(&self, index: usize) -> Result<usize> {
        match index < self.len {
            true => Ok(self.start + index * self.width),
            false => Err("metadata with fewer entries than columns need".to_owned()),
        }
    }
}

/// Where the offset at this place leads.
fn follow(bytes: &[u8], at: usize) -> Result<usize> {
    let offset = u32::from_le_bytes(take(bytes, at)?) as usize;
    at.checked_add(offset).filter(|place| *place < bytes.len()).ok_or_else(outside)
}

fn take<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N]> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().ok_or_else(outside)
}

fn outside() -> String {
    "metadata that points outside of itself".to_owned()
}
