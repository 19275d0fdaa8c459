"""Light and dark: palettes, colours of categories and plots. It and `colours` alone name colours."""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from nnstudio.ui.widgets.colours import DARK as DARK
from nnstudio.ui.widgets.colours import LIGHT as LIGHT
from nnstudio.ui.widgets.colours import Colours as Colours
from nnstudio.ui.widgets.flat_style import FlatStyle

CATEGORIES = {
    "Templates": ("#4b5a6b", "#aab6c6"),
    "Sub-networks": ("#a8324e", "#ef8ba3"),
    "Data": ("#66758a", "#8d9bb0"),
    "Layers": ("#2f6fde", "#6aa1ff"),
    "Pictures": ("#0f7f96", "#4cc3dc"),
    "Normalisation": ("#9c5a86", "#d696c0"),
    "Sequences": ("#4a57b8", "#929df2"),
    "Shape": ("#6d6f3a", "#b9bd70"),
    "Activations": ("#c76a12", "#f3a354"),
    "Joins": ("#23845a", "#5fca93"),
    "Features": ("#8a4fc4", "#bd8cf0"),
    "Augmentation": ("#a5622e", "#d9a274"),
}
# Of classes, light and dark, in the order of `own_points.NAMES`: neither of the colours of values below and
# above 0, and told apart by people who do not see red, green or blue, if need be by their brightness.
CLASSES = (
    ("#0e9a86", "#3fcfb4"), ("#7b2d8b", "#b65fd0"), ("#8a8f2a", "#c3c84a"), ("#e05fc0", "#f7b4ea"),
    ("#2f8a2f", "#3f8a4a"), ("#62666e", "#82868f"), ("#a01c50", "#e0486f"), ("#6a3df0", "#7a4df5"),
    ("#7a5c3e", "#b89a72"), ("#1c1226", "#f4f1f8"),
)  # fmt: skip
# Width of both arrows of a bar of tabs against the points of its letters: as broad as what `tab_list` lays on
# them, for Qt scrolls the tab in front clear of the arrows alone.
SCROLLER = 7.5
STYLE = """
QToolTip {{ color: {text}; background: {raised}; border: 1px solid {border}; padding: 4px; }}
QDockWidget {{ titlebar-close-icon: none; font-weight: 600; }}
QDockWidget::title {{ padding: 6px 8px; background: {window}; }}
QMainWindow > QTabBar::tab {{ border: 0; border-bottom: 2px solid transparent; padding: 5px 5px 3px 5px;
  color: {muted}; }}
QMainWindow > QTabBar::tab:selected {{ color: {text}; border-bottom-color: {accent}; }}
QMainWindow > QTabBar::tab:hover {{ color: {text}; }}
QToolButton#qt_toolbar_ext_button {{ padding: 0; }}
QTabBar::scroller {{ width: {scroller}px; }}
QToolBar {{ border: 0; border-bottom: 1px solid {border}; spacing: 4px; padding: 4px 8px; }}
QStatusBar {{ border-top: 1px solid {border}; }}
QToolButton {{ padding: 4px 8px; border-radius: 5px; }}
QToolButton#tight {{ padding: 4px 3px; }}
QTabBar QToolButton {{ padding: 0; border-radius: 0; border: 0; background: {window}; color: {muted}; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton:hover {{ background: {border}; }}
QToolButton:checked {{ background: {border}; }}
QTabBar QToolButton:hover {{ background: {window}; color: {text}; }}
QToolButton#primary {{ background: {accent}; color: {on_accent}; font-weight: 600; padding: 5px 14px; }}
QToolButton#primary:disabled {{ background: {border}; color: {muted}; }}
QTreeView, QListView {{ border: 1px solid {border}; border-radius: 5px; background: {base}; outline: 0; }}
QTreeView::item, QListView::item {{ padding: 3px 2px; }}
QFrame#breadcrumb {{ border: 0; border-bottom: 1px solid {border}; background: {raised}; }}
QFrame#overlay {{ border: 0; border-bottom: 1px solid {border}; background: {window}; }}
QFrame#row {{ border: 1px solid {border}; border-radius: 6px; background: {base}; }}
QPushButton#link {{ border: 0; padding: 0; font-weight: 600; color: {accent}; text-align: left; }}
QPushButton#link::menu-indicator {{ image: none; width: 0; }}
QPushButton#link:disabled {{ color: {text}; }}
QPushButton#primary {{ background: {accent}; color: {on_accent}; font-weight: 600; border: 1px solid {accent};
  border-radius: 5px; padding: 4px 16px; }}
QPushButton#primary:hover, QPushButton#primary:focus {{ border-color: {text}; }}
QPushButton#primary:disabled {{ background: {border}; border-color: {border}; color: {muted}; }}
QPushButton#link:hover, QPushButton#link:focus {{ text-decoration: underline; }}
QPushButton#quiet {{ border: 0; padding: 0; color: {muted}; text-align: left; }}
QPushButton#quiet::menu-indicator {{ image: none; width: 0; }}
QPushButton#quiet:hover, QPushButton#quiet:focus {{ color: {text}; text-decoration: underline; }}
QFrame#lessonhead {{ border: 0; border-bottom: 1px solid {border}; background: {base}; }}
QFrame#lessonfoot {{ border: 0; border-top: 1px solid {border}; background: {base}; }}
QScrollArea#lesson, QWidget#lessonbody {{ background: {base}; }}
QLabel#hint {{ color: {text}; background: {window}; border-radius: 5px; padding: 8px 10px; }}
QLabel#praise {{ color: {good}; border: 1px solid {good}; border-radius: 5px; padding: 8px 10px; }}
QPushButton#repair {{ border: 1px solid {accent}; color: {accent}; border-radius: 5px; padding: 3px 10px;
  background: {base}; }}
QPushButton#repair:hover, QPushButton#repair:focus {{ background: {accent}; color: {on_accent}; }}
QPushButton#repair:disabled {{ border-color: {border}; color: {muted}; background: {base}; }}
QScrollArea#start, QWidget#startbody {{ background: {canvas}; }}
QLabel#title {{ font-weight: 600; font-size: {title_size:g}pt; }}
QPushButton#card {{ border: 1px solid {border}; border-radius: 7px; background: {base}; text-align: left; }}
QPushButton#card:hover, QPushButton#card:focus {{ border-color: {accent}; }}
QPushButton#card:pressed {{ background: {border}; }}
QLabel#cardtitle, QLabel#docktitle {{ font-weight: 600; }}
QWidget#past {{ background: {raised}; border-left: 3px solid {accent}; }}
QLabel#muted {{ color: {muted}; }}
QLabel#small {{ color: {muted}; font-size: {small_size:g}pt; }}
QLabel#mark {{ color: {text}; font-size: {small_size:g}pt; }}
QLabel#mark:disabled {{ color: {muted}; }}
QToolButton#mark {{ font-size: {small_size:g}pt; padding: 0 4px; margin: 0; }}
QLabel#heading {{ font-weight: 600; font-size: {heading_size:g}pt; }}
QLabel#error {{ color: {error}; background: {error_back}; border-radius: 5px; padding: 6px 8px; }}
QLabel#pointed {{ color: {text}; background: {raised}; border: 1px solid {border}; border-radius: 5px;
  padding: 3px 6px; font-size: {small_size:g}pt; }}
QLabel#done {{ color: {good}; }}
QLabel#wrong {{ color: {error}; }}
QLabel#note {{ color: {muted}; border: 1px solid {border}; border-radius: 5px; padding: 6px 8px; }}
QTableView#data::item {{ padding: 0 5px; }}
QHeaderView#rows, QHeaderView#columns {{ background: {raised}; }}
QHeaderView#columns::section, QHeaderView#rows::section {{ background: {raised}; border: 0;
  border-right: 1px solid {border}; border-bottom: 1px solid {border}; padding: 0 8px; }}
/* Fusion's own arrow points down where values rise. */
QHeaderView#columns::up-arrow {{ image: url("{rising}"); width: 14px; }}
QHeaderView#columns::down-arrow {{ image: url("{falling}"); width: 14px; }}
QTableView {{ gridline-color: {border}; }}
QTableView QTableCornerButton::section {{ background: {raised}; border: 0;
  border-right: 1px solid {border}; border-bottom: 1px solid {border}; }}
QScrollArea#short:focus {{ border: 1px solid {accent}; border-radius: 4px; }}
QSplitter::handle {{ background: {border}; }}
QLineEdit {{ border: 1px solid {border}; border-radius: 4px; padding: 3px 5px; background: {base}; }}
QLineEdit:focus {{ border-color: {accent}; }}
QLineEdit:disabled {{ background: {window}; }}
QPlainTextEdit#lines {{ border: 1px solid {border}; border-radius: 4px; background: {base}; }}
QPlainTextEdit#lines:focus {{ border-color: {accent}; }}
QLineEdit[refused="true"] {{ border-color: {error}; background: {error_back}; }}
QCheckBox::indicator, QRadioButton::indicator, QListView::indicator, QTreeView::indicator,
QTableView::indicator, QGroupBox::indicator {{ width: 14px; height: 14px; border: 1px solid {muted};
  border-radius: 3px; background: {base}; }}
QRadioButton::indicator {{ border-radius: 8px; }}
QListView::indicator, QTreeView::indicator, QTableView::indicator {{ width: 12px; height: 12px; }}
QCheckBox::indicator:checked, QListView::indicator:checked, QTreeView::indicator:checked,
QTableView::indicator:checked, QGroupBox::indicator:checked {{ border-color: {accent}; background: {accent};
  image: url("{tick}"); }}
QRadioButton::indicator:checked {{ border-color: {accent}; background: {accent}; image: url("{dot}"); }}
QCheckBox::indicator:focus, QRadioButton::indicator:focus {{ border-color: {accent}; }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ border-color: {border};
  background: {window}; }}
QCheckBox::indicator:checked:disabled, QRadioButton::indicator:checked:disabled {{ background: {border}; }}
"""


def letter_sizes(points: float) -> dict[str, float]:
    """Sizes of titles, headings and small print beside usual letters, all in points."""
    sizes = {"title_size": 2 * points, "heading_size": 1.15 * points, "small_size": 0.86 * points}
    # Pixels of each of two arrows, which together have room for the words of the button over them.
    return {**sizes, "scroller": round(SCROLLER * points)}


def contrast(one: QColor, other: QColor) -> float:
    """How far two opaque colours are apart in brightness, from 1 to 21 (WCAG 2.1); text needs 4.5."""
    low, high = sorted(_brightness(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def _brightness(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mixed(back: QColor, front: QColor, share: float) -> QColor:
    """What is seen of a colour that covers another by a share of 0 .. 1."""
    parts = (
        (back.redF(), front.redF()), (back.greenF(), front.greenF()), (back.blueF(), front.blueF()),
    )  # fmt: skip
    return QColor.fromRgbF(*(b + (f - b) * share for b, f in parts))


def legible_on(back: QColor) -> QColor:
    """Black or white, whichever is read more easily on a colour; at least one has a contrast of 4.5."""
    return max((QColor("#000000"), QColor("#ffffff")), key=lambda ink: contrast(ink, back))


class Scheme(StrEnum):
    """Which colours a person chose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


# Where settings keep it.
SCHEME = "theme"
SMALLEST_TEXT, LARGEST_TEXT = 0.8, 2.0
# Where settings keep how large the text is.
TEXT_SIZE = "text size"


def restyle(widget: QWidget, name: str) -> None:
    """Let it look as the style sheet says of this name."""
    if widget.objectName() != name:
        widget.setObjectName(name)
        widget.style().polish(widget)


def canvas_font(pixels: int, bold: bool = False) -> QFont:
    """Letters on the canvas are measured in its own pixels, and grow with the zoom."""
    font = QFont()
    font.setPixelSize(pixels)
    font.setBold(bold)
    return font


class Theme(QObject):
    """The colours now in force; ``changed`` tells painters to paint anew."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.colours, self.scheme = LIGHT, Scheme.SYSTEM
        # How large the window's text is, as a multiple of the system's.
        self.text_scale = 1.0
        self._system_points = 0.0
        self._style: FlatStyle | None = None

    def category(self, name: str) -> QColor:
        """Colour of a category of layers."""
        light, dark = CATEGORIES.get(name, CATEGORIES["Data"])
        return QColor(dark if self.colours.dark else light)

    def class_colour(self, index: int) -> str:
        """Colour of a class by its number from 0; from the eleventh on they come again."""
        return CLASSES[index % len(CLASSES)][self.colours.dark]

    def apply(self, application: QApplication, dark: bool) -> None:
        """Put a theme in force everywhere."""
        c = self.colours = DARK if dark else LIGHT
        palette = QPalette()
        role = QPalette.ColorRole
        pairs = {
            role.Window: c.window, role.WindowText: c.text, role.Base: c.base, role.AlternateBase: c.window,
            role.Text: c.text, role.Button: c.raised, role.ButtonText: c.text, role.ToolTipBase: c.raised,
            role.ToolTipText: c.text, role.Highlight: c.accent, role.HighlightedText: c.on_accent,
            role.PlaceholderText: c.muted, role.Link: c.accent, role.BrightText: c.error,
        }  # fmt: skip
        for which, colour in pairs.items():
            palette.setColor(which, QColor(colour))
        for which in (role.Text, role.ButtonText, role.WindowText):
            palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(c.muted))
        if self._style is None or not isValid(self._style):
            # The application owns it, and lets go of it when it gets another one.
            self._style = FlatStyle(lambda: self.colours)
            application.setStyle(self._style)
        application.setPalette(palette)
        points = application.font().pointSizeF()
        marks = {mark: _mark(mark, dark) for mark in ("tick", "dot", "rising", "falling")}
        application.setStyleSheet(STYLE.format(**vars(c), **letter_sizes(points), **marks))
        self.changed.emit()

    def grown(self, pixels: int) -> int:
        """Room that is so many pixels for usual text, for text of the size that is chosen; never less."""
        return round(pixels * max(self.text_scale, 1.0))

    def set_text_scale(self, scale: float) -> None:
        """Make the text larger or smaller than the system's."""
        scale = min(max(round(scale, 2), SMALLEST_TEXT), LARGEST_TEXT)
        if scale == self.text_scale:
            return
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        font = application.font()
        self._system_points = self._system_points or font.pointSizeF()
        self.text_scale = scale
        font.setPointSizeF(self._system_points * scale)
        application.setFont(font)
        self.apply(application, self.colours.dark)

    def follow_system(self, application: QApplication) -> None:
        """Light or dark as the system says, now and whenever it changes, until a person chooses."""
        hints = application.styleHints()
        hints.colorSchemeChanged.connect(lambda _scheme: self.choose(self.scheme))
        self.apply(application, _is_dark(hints.colorScheme()))

    def restore(self, kept: str) -> None:
        """The scheme that a person chose once, if it is one."""
        if kept in list(Scheme):
            self.choose(Scheme(kept))

    def choose(self, scheme: Scheme) -> None:
        """Light, dark, or as the system says; painted anew only where that is something else than now."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.scheme = scheme
        dark = scheme == Scheme.DARK
        if scheme == Scheme.SYSTEM:
            dark = _is_dark(application.styleHints().colorScheme())
        if dark != self.colours.dark:
            self.apply(application, dark)


def _mark(name: str, dark: bool) -> str:
    """The file of a mark in a box or a header; Fusion's own boxes can hardly be seen on dark."""
    return str(files("nnstudio.resources") / "marks" / f"{name}-{'dark' if dark else 'light'}.svg").replace(
        "\\", "/"
    )


def _is_dark(scheme: Qt.ColorScheme) -> bool:
    return scheme == Qt.ColorScheme.Dark


theme = Theme()
