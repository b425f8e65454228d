"""Files on their way in: what is too large is dropped while it arrives."""

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class DropTooLarge(FileUploadHandler):
    """Stands before the handlers that keep a file: above the limit nothing of it is kept, the other answers of the form are.

    The request then says ``file_was_too_large``. Bodies of any size are bounded by ``config.middleware.refuse_huge_bodies``.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        if start + len(raw_data) > self._most():
            if self.request is not None:
                self.request.file_was_too_large = True
            raise SkipFile
        return raw_data

    def _most(self) -> int:
        path = self.request.path if self.request is not None else ""
        return settings.UPLOAD_ADDRESSES.get(path, settings.ATTACHMENT_MAX_BYTES)

    def file_complete(self, file_size: int) -> None:
        """Nothing: the handlers behind this one have the file."""
