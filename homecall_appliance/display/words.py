"""The words of the screen, a catalogue for each language. PURE."""

from collections.abc import Mapping
from typing import Literal

Language = Literal["ru", "en"]

LETTERS: Mapping[Language, str] = {"ru": "Жя", "en": ""}
"""Without which a font cannot write the words of a language."""

WORDS: Mapping[Language, Mapping[str, str]] = {
    "ru": {
        "starting": "HomeCall запускается…",
        "starting.advice": "Код появится через мгновение.",
        "stopping": "HomeCall выключается",
        "stopping.advice": "При обновлении или перезапуске код вернётся через минуту.",
        "network": "Нет сети",
        "network.advice": "Подключите сетевой кабель или настройте Wi-Fi: код появится сам.",
        "idle": "Позвоните нам",
        "idle.advice": "Наведите камеру телефона на код или откройте ссылку — и начнётся звонок.",
        "connecting": "Соединяем…",
        "connecting.advice": "По этому коду можно позвонить с ещё одного телефона.",
        "call": "Идёт разговор",
        "call.advice": "По этому коду можно позвонить с ещё одного телефона.",
        "calls": "Разговоров сейчас: {calls}",
        "ended": "Разговор окончен",
        "ended.advice": "По новому коду можно позвонить снова.",
        "busy.advice": "Новый код появится, когда закончится разговор.",
        "camera": "Здесь неполадки с камерой.",
        "microphone": "Здесь неполадки со звуком.",
        "muted": "Микрофон здесь молчит: проверьте на нём кнопку отключения звука.",
        "certificate": "Здесь неполадки с сертификатом: телефон может предупредить об этом.",
        "filtered": "Фильтр этой сети скрывает имя HomeCall: телефон может предупредить об этом.",
        "name": "Эта сеть не знает имени HomeCall: телефон может предупредить об этом.",
        "failed.again": "HomeCall не запускается и скоро попробует снова.",
        "failed": "HomeCall не запускается. Когда причина устранена: "
        "sudo systemctl restart homecall-appliance",
        "failed.advice": "Войти в систему можно по Ctrl+Alt+F2; подробнее скажет команда "
        "homecall-appliance doctor.",
        "fingerprint": "Отпечаток:",
        "small": "Экран мал для кода: откройте ссылку.",
        "ringing": "Кто-то у двери",
        "ringing.others": "Ещё кто-то у двери",
        "ringing.advice": "{answer} — ответить, {decline} — отклонить.",
        "ringing.answer": "Нажмите {answer}, чтобы ответить.",
        "ringing.decline": "Нажмите {decline}, чтобы отклонить.",
        "ringing.no keys": "Звонок ждёт ответа.",
        "seconds": "{seconds} с",
        "muted.here": "Микрофон выключен",
        "camera.here": "Камера выключена",
        "missed": "В {time} кто-то приходил",
        "button.answer": "Ответить",
        "button.decline": "Отклонить",
        "button.hangup": "Завершить",
        "button.mute": "Микрофон",
        "button.camera": "Камера",
        "button.open": "Открыть",
    },
    "en": {
        "starting": "HomeCall is starting…",
        "starting.advice": "The code appears in a moment.",
        "stopping": "HomeCall is stopping",
        "stopping.advice": "After an update or a restart the code is back in a minute.",
        "network": "No network",
        "network.advice": "Plug in the network cable, or set up the Wi-Fi: the code appears then.",
        "idle": "Give us a call",
        "idle.advice": "Point your phone's camera at the code, or open the link, and you are in a "
        "call.",
        "connecting": "Connecting…",
        "connecting.advice": "This code is for one more phone.",
        "call": "In a call",
        "call.advice": "This code is for one more phone.",
        "calls": "{calls} calls",
        "ended": "The call has ended",
        "ended.advice": "With the new code you can call again.",
        "busy.advice": "A new code appears when a call ends.",
        "camera": "There is a problem with the camera here.",
        "microphone": "There is a problem with the sound here.",
        "muted": "The microphone here is silent: check its mute button.",
        "certificate": "There is a problem with the certificate here: phones may warn of it.",
        "filtered": "A filter of this network hides our name: phones may warn of the link.",
        "name": "This network does not know our name: phones may warn of the link.",
        "failed.again": "HomeCall cannot start, and soon tries again.",
        "failed": "HomeCall cannot start. When the reason is dealt with, type: "
        "sudo systemctl restart homecall-appliance",
        "failed.advice": "Log in by Ctrl+Alt+F2; the command homecall-appliance doctor says more.",
        "fingerprint": "Fingerprint:",
        "small": "The screen is too small for the code: open the link.",
        "ringing": "Someone is at the door",
        "ringing.others": "Someone else is at the door",
        "ringing.advice": "Press {answer} to answer, {decline} to decline.",
        "ringing.answer": "Press {answer} to answer.",
        "ringing.decline": "Press {decline} to decline.",
        "ringing.no keys": "The call waits for an answer.",
        "seconds": "{seconds} s",
        "muted.here": "Microphone off",
        "camera.here": "Camera off",
        "missed": "Someone was here at {time}",
        "button.answer": "Answer",
        "button.decline": "Decline",
        "button.hangup": "Hang up",
        "button.mute": "Mute",
        "button.camera": "Camera",
        "button.open": "Open",
    },
}


def screen_language(setting: Literal["auto", "ru", "en"], environ: Mapping[str, str]) -> Language:
    """The language of the screen: as set, or that of the system's messages (POSIX.1-2017, 8.2);
    Russian where that is neither Russian nor English."""
    if setting != "auto":
        return setting
    names = (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, names), "")
    return "en" if locale.partition(".")[0].partition("_")[0] == "en" else "ru"
