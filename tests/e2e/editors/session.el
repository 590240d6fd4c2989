;;; session.el --- A session of Emacs with eglot, told as JSON on standard output  -*- lexical-binding: t -*-

;;; Commentary:
;; emacs --batch --load init.el --load session.el FILE
;; Batch mode has no command loop, so what the loop would do, its hooks, is done here.

;;; Code:
(require 'cl-lib)
(require 'flymake)
(require 'json)
(require 'xref)

(defun session-wait (condition what)
  "Wait until CONDITION gives something, and return it; fail telling WHAT after a while."
  (let ((deadline (time-add nil 60)) found)
    (while (not (setq found (funcall condition)))
      (when (time-less-p deadline nil) (error "Waited for %s" what))
      (accept-process-output nil 0.05))
    found))

(defun session-put (line text)
  "Replace what follows the colon on the line that starts with LINE by TEXT."
  (goto-char (point-min))
  (re-search-forward (concat "^ *" line ": *"))
  (delete-region (point) (line-end-position))
  (insert text)
  (eglot--signal-textDocument/didChange)) ; a timer of the command loop does that

(defun session-diagnostics ()
  "The texts that Flymake shows."
  (flymake-start)
  (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))

(defun session-candidates ()
  "What completion at point offers."
  (pcase (run-hook-with-args-until-success 'completion-at-point-functions)
    (`(,start ,end ,table . ,_)
     (mapcar #'substring-no-properties
             (all-completions (buffer-substring-no-properties start end) table)))))

(defun session-line (line)
  "Go to the line that starts with LINE, and return its text."
  (goto-char (point-min))
  (re-search-forward (concat "^ *" line))
  (buffer-substring-no-properties (line-beginning-position) (line-end-position)))

(defun session-mend ()
  "Take the code action at point that is suggested first, as RET does at the question which one to take."
  (cl-letf (((symbol-function 'completing-read)
             (lambda (&rest arguments)
               (let ((default (nth 6 arguments))) (if (consp default) (car default) default)))))
    (let ((last-nonmenu-event ?\r)) ; a key, so that no menu of a window system pops up
      (call-interactively #'eglot-code-actions))))

(find-file (car command-line-args-left))
(setq command-line-args-left nil)
(run-hooks 'post-command-hook)
(session-wait #'eglot-managed-p "the language server")

(let (shown mended offered definition)
  (session-put "instance_type" "Standard_DS3_v9")
  (setq shown (session-wait #'session-diagnostics "a diagnostic"))
  (session-line "instance_type: Stan")
  (session-mend)
  (setq mended (session-line "instance_type"))
  (session-put "instance_type" "Standard_F4")
  (setq offered (session-wait #'session-candidates "completions"))
  (session-put "instance_type" "Standard_DS3_v2")
  (goto-char (point-min))
  (search-forward "score.py")
  (backward-char)
  (call-interactively #'xref-find-definitions)
  (setq definition (list (buffer-name) (buffer-substring-no-properties (line-beginning-position) (line-end-position))))
  (princ (json-encode `((diagnostics . ,shown) (mended . ,mended)
                        (completions . ,offered) (definition . ,definition)))))

;;; session.el ends here
