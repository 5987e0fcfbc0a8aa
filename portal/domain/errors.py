"""What can go wrong, in the words a person is shown.

Each error carries the HTTP status a page answers with, a public sentence (a Chinese message id) and whether trying
again later can help. `public` never holds personal data: it is logged.
"""

from collections.abc import Mapping

from portal.domain.text import N_


class XindaiError(Exception):
    """Base of every failure that a person may be told about."""

    status = 500
    retryable = False
    public = N_("系统暂时出了点问题，您填写的内容都已保存，请稍后再试。")

    def __init__(self, public: str | None = None) -> None:
        if public is not None:
            self.public = public
        super().__init__(self.public)


class NotFound(XindaiError):
    """The thing does not exist, or is not this person's: the two are never told apart."""

    status = 404
    public = N_("没有找到这个页面。链接可能已失效，请从首页重新进入。")


class Forbidden(XindaiError):
    """The person is known, but their role does not allow this."""

    status = 403
    public = N_("您没有权限进行这项操作。如确有需要，请联系管理员。")


class SignInRequired(XindaiError):
    """No live session; the page sends the person to the place where they can sign in."""

    status = 401
    public = N_("登录已过期，您填写的内容都已保存。请重新验证手机号继续。")

    def __init__(self, where: str = "/start") -> None:
        self.where = where
        super().__init__()


class Conflict(XindaiError):
    """Someone else, or another tab, was first; nothing was changed."""

    status = 409
    public = N_("内容刚刚有更新，请查看最新情况后再继续。您的信息没有丢失。")


class Invalid(XindaiError):
    """What was typed can't be accepted. `fields` maps a field's name to its sentence."""

    status = 422
    public = N_("有内容需要修改，请查看提示。")

    def __init__(self, fields: Mapping[str, str] | None = None, public: str | None = None) -> None:
        self.fields = dict(fields or {})
        super().__init__(public or next(iter(self.fields.values()), None))


class TooMany(XindaiError):
    """A rate limit was reached. `retry_after` is in seconds."""

    status = 429
    retryable = True
    public = N_("操作太频繁，请稍后再试。")

    def __init__(self, retry_after: int, public: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(public)


class TooLarge(XindaiError):
    """A body or file is over its limit."""

    status = 413
    public = N_("文件太大，请上传 20 MB 以内的照片或 PDF。")


class Unavailable(XindaiError):
    """Something we need is down; trying again later helps. `retry_after` is in seconds."""

    status = 503
    retryable = True
    public = N_("系统正在恢复，您填写的内容都已保存，请稍后再试。")

    def __init__(self, retry_after: int = 5, public: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(public)
