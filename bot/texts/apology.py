"""What people read when something of ours went wrong."""


def try_again_later() -> str:
    """The message could not be handled now; nothing was changed."""
    return "现在人有点多，没能处理您的消息，也没有做任何更改。请稍后再试一次。"


def something_broke() -> str:
    """A fault of ours; it is logged and looked at."""
    return "抱歉，系统出了点问题，没能处理您的消息。我们已经记录下来，请稍后再试；着急的话请直接联系图书馆。"


def still_working() -> str:
    """An earlier copy of the message is still being handled; whether it changes anything is not known yet."""
    return "现在人有点多，您的消息还在处理。请过一会儿发送「我的」看看结果，不必马上重发。"
