//! The XML of an OVAL file as elements that are walked through, with limits on what a file may do.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use anyhow::{Result, anyhow, bail};
use quick_xml::XmlVersion;
use quick_xml::events::Event;
use quick_xml::events::attributes::Attributes;
use quick_xml::reader::Reader;

/// The longest tag or text. The longest real description has 18 kB.
const TEXT_LIMIT: usize = 1 << 20;
/// The deepest nesting. Real files need nine.
const DEPTH_LIMIT: usize = 32;

/// A walk through an XML document. Elements and attributes go by their local names: prefixes are the file's business.
pub(super) struct Xml<R> {
    reader: Reader<Metered<R>>,
    buffer: Vec<u8>,
    /// The tag that was opened last, without its brackets.
    tag: String,
    /// The length of the tag's name, prefix included.
    name: usize,
    /// Whether that tag was an empty element's, which it leaves open although it has no end tag.
    is_empty: bool,
    depth: usize,
}

impl<R: BufRead> Xml<R> {
    /// Starts before the root element.
    pub(super) fn new(source: R) -> Self {
        let reader = Reader::from_reader(Metered { inner: source, left: 0 });
        Xml { reader, buffer: Vec::new(), tag: String::new(), name: 0, is_empty: false, depth: 0 }
    }

    /// Goes to the next element inside the current one, which is then the current one; `false` if there is none and the
    /// current one is left.
    pub(super) fn child(&mut self) -> Result<bool> {
        match self.step(&mut Ignored)? {
            ElementEnd::Opened => Ok(true),
            ElementEnd::Closed => Ok(false),
            ElementEnd::Over => bail!("the XML ends in the middle"),
        }
    }

    /// Goes to the root element; `false` at the end of the document.
    pub(super) fn root(&mut self) -> Result<bool> {
        let mut outside = String::new();
        let step = self.step(&mut outside)?;
        if !outside.trim().is_empty() {
            bail!("there is text outside of the XML's root element");
        }
        Ok(matches!(step, ElementEnd::Opened))
    }

    /// The local name of the element that was opened last.
    pub(super) fn name(&self) -> &str {
        let name = self.tag.get(..self.name).unwrap_or_default();
        name.rsplit_once(':').map_or(name, |(_, local)| local)
    }

    /// An attribute of the element that was opened last.
    pub(super) fn attribute(&self, name: &str) -> Result<Option<Cow<'_, str>>> {
        for attribute in Attributes::new(&self.tag, self.name).with_checks(false) {
            let attribute = attribute?;
            if attribute.key.local_name().as_ref() == name {
                return Ok(Some(attribute.normalized_value(XmlVersion::Explicit1_0)?));
            }
        }
        Ok(None)
    }

    /// Reads the text of the current element, without its elements, and leaves it.
    pub(super) fn text(&mut self, text: &mut String) -> Result<()> {
        text.clear();
        loop {
            match self.step(text)? {
                ElementEnd::Opened => self.skip()?,
                ElementEnd::Closed => return Ok(()),
                ElementEnd::Over => bail!("the XML ends in the middle"),
            }
        }
    }

    /// Leaves the current element.
    pub(super) fn skip(&mut self) -> Result<()> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            self.child()?;
        }
        Ok(())
    }

    /// Goes to the next tag, collecting the text before it.
    fn step<T: Text>(&mut self, text: &mut T) -> Result<ElementEnd> {
        if self.is_empty {
            return Ok(self.close());
        }
        loop {
            self.buffer.clear();
            self.reader.get_mut().left = TEXT_LIMIT;
            let event = self.reader.read_event_into(&mut self.buffer)?;
            let is_empty = matches!(event, Event::Empty(_));
            match event {
                Event::Start(tag) | Event::Empty(tag) => {
                    self.tag.clear();
                    self.tag.push_str(&tag);
                    self.name = tag.name().as_ref().len();
                    self.is_empty = is_empty;
                    self.depth += 1;
                    if self.depth > DEPTH_LIMIT {
                        bail!("the XML nests deeper than {DEPTH_LIMIT} elements");
                    }
                    return Ok(ElementEnd::Opened);
                }
                Event::End(_) => return Ok(self.close()),
                Event::Text(_) | Event::CData(_) if !T::IS_WANTED => {}
                Event::Text(plain) => text.add(&plain.xml10_content())?,
                Event::CData(plain) => text.add(&plain.xml10_content())?,
                Event::GeneralRef(reference) => match reference.resolve_char_ref()? {
                    Some(character) => text.add(character.encode_utf8(&mut [0; 4]))?,
                    None => text.add(
                        quick_xml::escape::resolve_predefined_entity(&reference)
                            .ok_or_else(|| anyhow!("the XML names an unknown entity, &{};", &*reference))?,
                    )?,
                },
                Event::Eof => return Ok(ElementEnd::Over),
                _ => {}
            }
        }
    }

    fn close(&mut self) -> ElementEnd {
        self.is_empty = false;
        self.depth = self.depth.saturating_sub(1);
        ElementEnd::Closed
    }
}

/// What stands at the end of a step.
enum ElementEnd {
    Opened,
    Closed,
    Over,
}

/// Where the text between tags goes.
trait Text {
    const IS_WANTED: bool = true;

    fn add(&mut self, text: &str) -> Result<()>;
}

/// Text that nobody wants.
struct Ignored;

impl Text for Ignored {
    const IS_WANTED: bool = false;

    fn add(&mut self, _: &str) -> Result<()> {
        Ok(())
    }
}

impl Text for String {
    fn add(&mut self, text: &str) -> Result<()> {
        if self.len() + text.len() > TEXT_LIMIT {
            bail!("the XML has a text of more than {} KiB", TEXT_LIMIT >> 10);
        }
        self.push_str(text);
        Ok(())
    }
}

/// A source that gives only so much before its meter is set anew: the XML reader keeps a whole tag or text in memory.
struct Metered<R> {
    inner: R,
    left: usize,
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let bytes = self.inner.fill_buf()?;
        if self.left == 0 && !bytes.is_empty() {
            let why = format!("the XML has a tag or a text of more than {} KiB", TEXT_LIMIT >> 10);
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        Ok(&bytes[..bytes.len().min(self.left)])
    }

    fn consume(&mut self, amount: usize) {
        self.left -= amount.min(self.left);
        self.inner.consume(amount);
    }
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}
